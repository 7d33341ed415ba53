"""Holders of our own private keys: a new one is a file here and a line in KEY_HOLDERS."""

from __future__ import annotations

from smime_milter.adapters.keys.files import FileKeys
from smime_milter.ports import Keys

KEY_HOLDERS: tuple[type[Keys], ...] = (FileKeys,)
