"""Secrets that systemd hands over as credentials: never from the configuration, never from a command line."""

from __future__ import annotations

import os
from pathlib import Path

SERVICE = Path("/run/credentials/smime-milter.service")
SIZE_LIMIT = 1024 * 1024  # systemd.exec(5): all credentials of a service together


def credentials_directory(*, running: Path = SERVICE) -> str | None:
    """Our own folder of credentials; outside the service root has that of the running one, nobody else does."""
    return os.environ.get("CREDENTIALS_DIRECTORY") or (str(running) if os.access(running, os.R_OK | os.X_OK) else None)


def credential(name: str, *, running: Path = SERVICE) -> bytes | None:
    """The credential's bytes without a final line break; None if there is none."""
    folder = credentials_directory(running=running)
    if folder is None:
        return None
    try:
        with Path(folder).joinpath(name).open("rb") as file:
            return file.read(SIZE_LIMIT).removesuffix(b"\n")
    except OSError:
        return None
