"""The key that seals held mail: a systemd credential, else a file of our own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from smime_milter.model.errors import Unavailable

KEY_SIZE = 32
CREDENTIAL = "held"
FILE = "held.key"


def held_key(credentials_directory: str | None, state_directory: Path) -> bytes:
    """The credential `held` if there is one, else STATE/held.key, made with mode 0600 where it is missing."""
    path = state_directory / FILE
    credential = Path(credentials_directory) / CREDENTIAL if credentials_directory else None
    try:
        if credential is not None and credential.exists():
            path = credential
        elif not path.exists():
            _create(path)
        key = path.read_bytes()
    except OSError as failure:
        raise Unavailable("the key for held mail", f"{path}: {type(failure).__name__}") from None
    if len(key) != KEY_SIZE:
        raise Unavailable("the key for held mail", f"{path} does not hold {KEY_SIZE} bytes")
    return key


def _create(path: Path) -> None:
    """Write aside, sync, then link: whoever finds the file finds all of it, and two makers agree on one."""
    aside = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(secrets.token_bytes(KEY_SIZE))
            file.flush()
            _give_to_owner_of(path.parent, fd)
            os.fsync(fd)
        _link(aside, path)
    finally:
        aside.unlink()
    _sync_folder(path.parent)


def _link(aside: Path, path: Path) -> None:
    try:
        os.link(aside, path)
    except FileExistsError:
        return  # another process was quicker: its key counts


def _give_to_owner_of(folder: Path, fd: int) -> None:
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
