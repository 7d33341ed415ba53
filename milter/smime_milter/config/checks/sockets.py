"""The folder of the milter's socket, and who can reach it."""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from smime_milter.config.checks.result import Result, fault, ok, warning
from smime_milter.config.sockets import milter_socket, split_socket
from smime_milter.model.settings import Settings


def check(settings: Settings) -> Iterator[Result]:
    """Look at the folder; over inet there is none, but a warning."""
    socket = milter_socket(settings.milter)
    split = split_socket(settings.milter)
    if socket == split:
        yield fault("milter.split", f"{split} is the milter's own socket as well: the two must differ")
    if socket.startswith("inet:"):
        yield _over_inet(socket)
    else:
        yield from _folder(Path(socket.partition(":")[2]).parent, socket)


def _over_inet(socket: str) -> Result:
    return warning("milter.socket", f"{socket}: every changed message waits 44 ms for TCP, and any local process can have mail"
                                    " signed and decrypted: use a unix socket if the MTA runs on this host")


def _folder(folder: Path, socket: str) -> Iterator[Result]:
    try:
        state = folder.stat()
    except FileNotFoundError:
        yield fault("milter.socket", f"{folder} does not exist: run systemd-tmpfiles --create, or"
                                     f" install -d -m 2750 -o _smime-milter -g postfix {folder}")
    except OSError as error:
        yield fault("milter.socket", f"{folder} cannot be looked at: {error.strerror}")
    else:
        yield _judged(folder, state, socket)


def _judged(folder: Path, state: os.stat_result, socket: str) -> Result:
    if not stat.S_ISDIR(state.st_mode):
        return fault("milter.socket", f"{folder} is no folder: remove it")
    if state.st_mode & stat.S_IWOTH:
        return fault("milter.socket", f"{folder} is writable for everybody, who could replace the socket: chmod o-w {folder}")
    if folder.parts[:4] == ("/", "var", "spool", "postfix") and not (state.st_mode & stat.S_ISGID and _group(state) == "postfix"):
        return fault("milter.socket", f"{folder} must hand its group postfix on to the socket:"
                                      f" chgrp postfix {folder}; chmod 2750 {folder}")
    return ok("milter.socket", f"we open {socket}")


def _group(state: os.stat_result) -> str:
    try:
        return grp.getgrgid(state.st_gid).gr_name
    except KeyError:
        return ""
