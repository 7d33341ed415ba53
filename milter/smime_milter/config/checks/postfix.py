"""Whether Postfix hands us its mail, and what it does with it when we do not answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from smime_milter.adapters import postconf
from smime_milter.adapters.postconf import PostfixSettings, Service
from smime_milter.config.checks.result import Result, fault, note, ok, warning
from smime_milter.config.sockets import as_postfix_writes_it, is_reachable, milter_socket
from smime_milter.model.errors import Unavailable
from smime_milter.model.settings import Settings

PARAMETERS = ("queue_directory", "smtpd_milters", "non_smtpd_milters", "milter_default_action", "message_size_limit")
KEY = "milter.socket"
# One milter of a list: a word, or settings of its own in braces: { inet:host:port, default_action=accept }
_ENTRY = re.compile(r"\{[^{}]*\}|[^\s,{}]+")


def check(settings: Settings) -> Iterator[Result]:
    """Read main.cf and master.cf through postconf and judge every smtpd that knows our socket."""
    try:
        found = postconf.read(*PARAMETERS)
    except Unavailable as failure:
        yield warning(KEY, f"the settings of Postfix were not checked: {failure}")
        return
    if found is None:
        yield note(KEY, "no Postfix here: its settings were not checked")
    else:
        yield from judge(found, socket=milter_socket(settings.milter), limit=settings.milter.message_size_limit)


def judge(found: PostfixSettings, *, socket: str, limit: int) -> Iterator[Result]:
    """All that can be said of a Postfix with these settings."""
    listening = [service for service in found.services if service.command == "smtpd"]
    using = [service for service in listening if entry_for(socket, found, service)]
    if not using:
        yield warning(KEY, "no smtpd of Postfix uses this milter: smime-milter mta postfix prints the lines")
    for service in using:
        yield from _judge_service(found, service, socket)
    if using and not _named(socket, found.parameters.get("non_smtpd_milters", ""), found):
        yield warning(KEY, "non_smtpd_milters does not name this milter: mail from the sendmail command leaves unchecked")
    theirs = found.parameters.get("message_size_limit", "")
    if theirs.isdigit() and (int(theirs) == 0 or int(theirs) > limit):
        yield note("milter.message_size_limit", f"Postfix has message_size_limit {theirs}: mail above {limit} counts as oversize")


def _judge_service(found: PostfixSettings, service: Service, socket: str) -> Iterator[Result]:
    place = f"smtpd {service.name}"
    queue = Path(found.parameters.get("queue_directory", "/var/spool/postfix"))
    right = as_postfix_writes_it(socket, queue=queue, is_chrooted=service.is_chrooted)
    written = _address(entry_for(socket, found, service))
    if not is_reachable(socket, queue=queue, is_chrooted=service.is_chrooted):
        yield fault(KEY, f"{place} is chrooted to {queue} and cannot see {socket}: set milter.socket to auto,"
                         f" or to a path below {queue}")
    elif service.is_chrooted and written.startswith("unix:/"):
        yield fault(KEY, f"{place} is chrooted to {queue}: write {right} in smtpd_milters, not {written}")
    else:
        yield ok(KEY, f"{place} reaches us as {written}")
    yield _judge_action(found, service, socket)


def _judge_action(found: PostfixSettings, service: Service, socket: str) -> Result:
    own = re.search(r"default_action\s*=\s*(\w+)", entry_for(socket, found, service))
    action = own[1] if own else found.of(service, "milter_default_action")
    # postconf(5): shutdown exists from 3.10 on; before, it makes every mail fail.
    safe = ("tempfail", "shutdown") if found.version >= (3, 10) else ("tempfail",)
    if action in safe:
        return ok(KEY, f"smtpd {service.name} puts mail off while we do not answer (milter_default_action = {action})")
    return fault(KEY, f"smtpd {service.name} has milter_default_action = {action}: when we do not answer, mail could leave"
                      " unencrypted or be lost; postconf -e milter_default_action=tempfail")


def entry_for(socket: str, found: PostfixSettings, service: Service) -> str:
    """How this service names our milter; "" if it does not ask us."""
    return _named(socket, found.of(service, "smtpd_milters"), found)


def _named(socket: str, milters: str, found: PostfixSettings) -> str:
    """The entry of a list of milters that means our socket, in any spelling; empty if none does."""
    expanded = re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda m: found.parameters.get(m[1] or m[2], ""), milters)
    queue = Path(found.parameters.get("queue_directory", "/var/spool/postfix"))
    spellings = {as_postfix_writes_it(socket, queue=queue, is_chrooted=chrooted) for chrooted in (True, False)}
    return next((entry for entry in _ENTRY.findall(expanded) if _address(entry) in spellings), "")


def _address(entry: str) -> str:
    words = re.split(r"[\s,]+", entry.strip("{} "))
    return words[0].replace("local:", "unix:", 1).replace("inet:localhost:", "inet:127.0.0.1:", 1)
