"""Where the milter listens, as libmilter writes it and as the MTAs write it."""

from __future__ import annotations

from pathlib import Path

from smime_milter.model.settings import MilterSettings

QUEUE = Path("/var/spool/postfix")
POSTFIX = Path("/usr/sbin/postfix")
RUNTIME = Path("/run/smime-milter")


def milter_socket(settings: MilterSettings, *, postfix: Path = POSTFIX) -> str:
    """`unix:PATH` or `inet:PORT@HOST`; auto is below Postfix's queue directory, which its chroot can see."""
    return f"unix:{_folder(postfix) / 'milter.sock'}" if settings.socket == "auto" else settings.socket


def split_socket(settings: MilterSettings, *, postfix: Path = POSTFIX) -> str:
    """`unix:PATH`; auto is split.sock beside the milter's own, or in the auto folder if that is inet."""
    if settings.split != "auto":
        return settings.split
    kind, _, rest = milter_socket(settings, postfix=postfix).partition(":")
    folder = Path(rest).parent if kind == "unix" else _folder(postfix)
    return f"unix:{folder / 'split.sock'}"


def _folder(postfix: Path) -> Path:
    return QUEUE / "smime-milter" if postfix.exists() else RUNTIME


def as_postfix_writes_it(socket: str, *, queue: Path = QUEUE, is_chrooted: bool = True) -> str:
    """The word for smtpd_milters: host before port, and a path as the chroot shows it.

    A chrooted smtpd cannot reach a path outside the queue directory: such a path stays as it is.
    """
    kind, _, rest = socket.partition(":")
    if kind == "inet":
        port, _, host = rest.partition("@")
        return f"inet:{host}:{port}"
    path = Path(rest)
    return f"unix:{path.relative_to(queue)}" if is_chrooted and path.is_relative_to(queue) else socket


def is_reachable(socket: str, *, queue: Path, is_chrooted: bool) -> bool:
    """Whether a smtpd of this kind can open the socket at all."""
    kind, _, rest = socket.partition(":")
    return kind == "inet" or not is_chrooted or Path(rest).is_relative_to(queue)
