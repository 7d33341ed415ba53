"""Encryption methods the organisation does not accept (R12)."""

from __future__ import annotations

from enum import Enum


class Method(Enum):
    PGP = "pgp"
    CRYPTSHARE = "cryptshare"
    FTAPI = "ftapi"
    SCP = "scp"
