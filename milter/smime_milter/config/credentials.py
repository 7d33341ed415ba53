"""Secrets that systemd hands over as credentials: never from the configuration, never from a command line."""

from __future__ import annotations

import os
from pathlib import Path

SERVICE = Path("/run/credentials/smime-milter.service")
SIZE_LIMIT = 1024 * 1024  # systemd.exec(5): all credentials of a service together


def credential(name: str, *, running: Path = SERVICE) -> bytes | None:
    """The credential's bytes without a final line break; None if there is none.

    systemd names the folder in CREDENTIALS_DIRECTORY; outside the service root finds that of the
    running one.
    """
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    try:
        with (Path(given) if given else running).joinpath(name).open("rb") as file:
            return file.read(SIZE_LIMIT).removesuffix(b"\n")
    except OSError:
        return None
