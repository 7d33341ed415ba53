"""What Postfix on this host is set to, as its own postconf says it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from smime_milter.model.errors import Unavailable

PROGRAM = "/usr/sbin/postconf"
POSTMAP = "/usr/sbin/postmap"
_WAIT = 10  # seconds
# regexp:/etc/postfix/checks, or the table itself in braces within braces
_TABLE = re.compile(r"[^\s,{}]+(?:\{(?:[^{}]|\{[^{}]*\})*\})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One line of master.cf; `settings` are its -o options."""

    name: str
    type: str
    is_chrooted: bool
    command: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostfixSettings:
    """The parameters asked for, with `$name` expanded, and the services of master.cf."""

    version: tuple[int, int]
    parameters: Mapping[str, str]
    services: tuple[Service, ...]

    def of(self, service: Service, parameter: str) -> str:
        """A parameter as this service has it."""
        return service.settings.get(parameter, self.parameters.get(parameter, ""))


def read(*names: str) -> PostfixSettings | None:
    """Ask postconf, which obeys MAIL_CONFIG; None where there is no Postfix."""
    parameters = _run("-x", "mail_version", "compatibility_level", *names)
    master = _run("-M")
    if parameters is None or master is None:
        return None
    found = dict(_assigned(line) for line in parameters.splitlines() if "=" in line)
    default = "y" if found.get("compatibility_level") == "0" else "n"
    return PostfixSettings(version=_version(found.get("mail_version", "")), parameters=found,
                           services=_services(master, chroot=default))


def lookup(tables: str, key: str) -> str | None:
    """What the first of these tables that knows the key says of it; asks postmap."""
    for table in _TABLE.findall(tables):
        done = subprocess.run([POSTMAP, "-q", key, table], capture_output=True, text=True, timeout=_WAIT, check=False,
                              stdin=subprocess.DEVNULL, errors="replace")
        if done.returncode == 0:
            return done.stdout.strip()
    return None


def _run(*arguments: str) -> str | None:
    try:
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=_WAIT, check=False,
                              stdin=subprocess.DEVNULL, errors="replace")
    except FileNotFoundError:
        return None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("postconf", type(error).__name__) from None
    if done.returncode != 0:
        raise Unavailable("postconf", done.stderr.strip().splitlines()[-1][:200] if done.stderr.strip() else "failed")
    return done.stdout


def _assigned(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name.strip(), value.strip()


def _version(text: str) -> tuple[int, int]:
    matched = re.match(r"(\d{1,4})\.(\d{1,4})", text)
    return (int(matched[1]), int(matched[2])) if matched else (0, 0)


def _services(master: str, *, chroot: str) -> tuple[Service, ...]:
    """`postconf -M`: one service per line, its options behind on the same or on indented lines.

    `chroot` is what "-" means in that column: no, unless a Postfix before 3.0 is imitated.
    """
    joined = re.sub(r"\n[ \t]+", " ", master)
    rows = (line.split(None, 7) for line in joined.splitlines())
    return tuple(_service(row, chroot=chroot) for row in rows if len(row) == 8)


def _service(row: list[str], *, chroot: str) -> Service:
    command, _, rest = row[7].partition(" ")
    is_chrooted = (chroot if row[4] == "-" else row[4]) == "y"
    return Service(name=row[0], type=row[1], is_chrooted=is_chrooted, command=command, settings=_options(rest))


def _options(text: str) -> dict[str, str]:
    """`-o name=value` and `-o { name = value }`."""
    found = re.findall(r"-o\s+(?:\{\s*([^=\s]+)\s*=\s*((?:[^{}]|\{[^{}]*\})*)\}|([^=\s{]+)=(\S*))", text)
    return {braced or plain: (braced_value if braced else value).strip() for braced, braced_value, plain, value in found}
