"""What Postfix is set to do with sealed messages, as far as its settings tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from smime_milter.adapters import postconf
from smime_milter.adapters.postconf import PostfixSettings, Service
from smime_milter.config.checks.postfix import PARAMETERS, entry_for
from smime_milter.config.checks.result import Result, note, ok, warning
from smime_milter.config.sockets import QUEUE, as_postfix_writes_it, is_reachable, milter_socket, split_socket
from smime_milter.model.errors import Unavailable
from smime_milter.model.own_names import SEALED
from smime_milter.model.settings import MilterSettings, Settings

KEY = "milter.split"
SERVICE = "smime-split"
CHECKS = "milter_header_checks"
_FILTER = re.compile(r"FILTER\s+([^\s:]+):(\S+)", re.IGNORECASE)
_HEADER = f"{SEALED}: v=1"
Entrances = tuple[tuple[str, int], ...]


def check(settings: Settings) -> Iterator[Result]:
    """Say whether Postfix's settings lead sealed mail to us; the daemon also tries it."""
    if settings.milter.split == "off":
        yield note(KEY, "off: mail whose recipients need different treatment gets the strictest for all")
        return
    doors, missing = look(settings)
    if missing:
        yield warning(KEY, f"{missing}; until then mail whose recipients need different treatment gets the strictest for all")
    else:
        socket = split_socket(settings.milter)
        yield ok(KEY, f"Postfix leads sealed mail to {socket}; the daemon tries it through port {doors[0][1]}")


def look(settings: Settings) -> tuple[Entrances, str]:
    """The SMTP services of this host that ask us, and why sealed mail would not find its way; "" if it should."""
    if settings.milter.split == "off":
        return (), "milter.split is off"
    try:
        found = postconf.read(*PARAMETERS, CHECKS, "inet_interfaces")
        if found is None:
            return (), "no Postfix here"
        doors = entrances(found, settings.milter)
        return doors, flaw(found, settings.milter) or ("" if doors else "no smtpd of Postfix uses this milter")
    except Unavailable as failure:
        return (), str(failure)


def flaw(found: PostfixSettings, settings: MilterSettings) -> str:
    """What is missing in these settings; "" if nothing is. Asks postmap for what a table says."""
    written = found.parameters.get(CHECKS, "")
    action = postconf.lookup(written, _HEADER) if written else None
    if action is None:
        return f"{CHECKS} does not know {SEALED}: smime-milter mta postfix prints the lines"
    target = _FILTER.match(action)
    if target is None:
        return f"{CHECKS} does not FILTER {SEALED}"
    service = next((s for s in found.services if s.name == target[1] and s.type == "unix" and s.command == "lmtp"), None)
    if service is None:
        return f"{CHECKS} names {target[1]}, which is no lmtp service of master.cf"
    return _flaw_of_target(found, service, target[2], split_socket(settings))


def _flaw_of_target(found: PostfixSettings, service: Service, target: str, socket: str) -> str:
    queue = Path(found.parameters.get("queue_directory", str(QUEUE)))
    if not is_reachable(socket, queue=queue, is_chrooted=service.is_chrooted):
        return f"the lmtp service {service.name} is chrooted to {queue} and cannot see {socket}"
    spellings = {as_postfix_writes_it(socket, queue=queue, is_chrooted=c) for c in (True, service.is_chrooted)}
    return "" if target in spellings else f"{CHECKS} leads to {target}, and we listen on {socket}"


def entrances(found: PostfixSettings, settings: MilterSettings) -> Entrances:
    """Host and port of every smtpd that asks our milter, port 25 first."""
    socket = milter_socket(settings)
    own = found.parameters.get("inet_interfaces", "").replace(",", " ").split()
    host = "127.0.0.1" if not own or {"all", "loopback-only", "localhost", "127.0.0.1"} & set(own) else own[0].strip("[]")
    asking = [s for s in found.services if s.command == "smtpd" and entry_for(socket, found, s)]
    # postscreen(8) stands before smtpd and hands its connections on.
    screened = any(s.type == "pass" for s in asking)
    open_ = [s for s in asking if s.type == "inet"] + [s for s in found.services if screened and s.command == "postscreen"]
    doors = {door for s in open_ if (door := _door(s.name, host)) is not None}
    return tuple(sorted(doors, key=lambda door: (door[1] != 25, door)))


def _door(name: str, host: str) -> tuple[str, int] | None:
    """`smtp`, `10025`, `127.0.0.1:10025`, `[::1]:submission` as they stand in master.cf."""
    given, _, port = name.rpartition(":")
    number = int(port) if port.isdigit() else {"smtp": 25, "submission": 587}.get(port)
    return None if number is None else (given.strip("[]") or host, number)
