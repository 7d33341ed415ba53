"""Invented mails for the recognisers, as small as they can be told."""

from __future__ import annotations

from collections.abc import Mapping

from smime_milter.methods import MailText

ARMOUR_LINES = "\n".join(
    ("hQIMA3b1nCk9aZ1LAQ/9Hn2sT0kL8rVx0eDq3bQy5mZcJpWf7uRtAoGiYhNsKl"
     "Xv", "d8Uq2wEzC4vBnM1aSdFgHjKlPoIuYtReWqZxCvBnMaSdFgHjKlQwErTyUiOp0123",
     "z9YxWvUtSrQpOnMlKjIhGfEdCbA9876543210zyxwvutsrqponmlkjihgfedcba+/")
)
BLOCK = f"-----BEGIN PGP MESSAGE-----\n\n{ARMOUR_LINES}\n=aB3d\n-----END PGP MESSAGE-----\n"
PUBLIC_KEY = BLOCK.replace("PGP MESSAGE", "PGP PUBLIC KEY BLOCK")
CLEAR_SIGNED = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nDer Termin am Montag passt uns.\n"
    + BLOCK.replace("PGP MESSAGE", "PGP SIGNATURE")
)
SESSION_KEY = bytes.fromhex("85020c0376f59c293d699d4b010ffd") + b"\x1e" * 49
NEW_SESSION_KEY = bytes.fromhex("c1c04c0376f59c293d699d4b01") + b"\x1e" * 50
ECDH_SESSION_KEY = bytes.fromhex("845e0376f59c293d699d4b12010740") + b"\x1e" * 49
PASSWORD_KEY = bytes.fromhex("8c0d040703021122334455667788") + b"\x60" * 50


def mail(*texts: str, root: str = "text/plain", parameters: Mapping[str, str] | None = None, parts: tuple[str, ...] = (),
         names: tuple[str, ...] = (), leading: tuple[bytes, ...] = (), **headers: str) -> MailText:
    """A mail; header names as keywords with `_` for `-`."""
    fields = tuple((name.replace("_", "-").rstrip("-"), value) for name, value in headers.items())
    return MailText(media_type=root, parameters=parameters or {}, part_types=parts or (root,), filenames=names, headers=fields,
                    texts=texts, leading=leading)


def quoted(text: str, mark: str = "> ") -> str:
    return "\n".join(mark + line for line in text.split("\n"))
