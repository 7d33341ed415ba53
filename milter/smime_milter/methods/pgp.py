"""Recognises mail encrypted with OpenPGP; what is only signed, or carries a key, is readable and no reason to refuse."""

from __future__ import annotations

import re

from smime_milter.methods.mail_text import MailText
from smime_milter.methods.own_words import own_words, word_count
from smime_milter.model.method import Method

_ENCRYPTED, _NAMED_FILE, _NOTE, _HINT = 6, 5, 2, 1
_BLOCK = re.compile(
    r"^-----BEGIN PGP MESSAGE(?:, PART [0-9]{1,3}(?:/[0-9]{1,3})?)?-----[ \t]*\n(?P<body>[^-]{40,})(?:^-----END PGP"
    r" MESSAGE|\Z)", re.MULTILINE
)
_ARMOUR_LINE = re.compile(r"[A-Za-z0-9+/]{20,76}={0,2}|=[A-Za-z0-9+/]{4}")
_READABLE = re.compile(r"^-----BEGIN PGP (?:SIGNED MESSAGE|SIGNATURE|PUBLIC KEY BLOCK)-----", re.MULTILINE)
_FILE = re.compile(r"\.(?:pgp|gpg)$|^(?:encrypted|msg|message|nachricht)\.asc$", re.IGNORECASE)
_ARMOURED_FILE = re.compile(r"\.(?:asc|pgp|gpg|txt)$", re.IGNORECASE)
_ZIPPED_NAME = re.compile(rb"PK\x03\x04.{26}[^\x00]{1,30}\.(?:pgp|gpg)", re.DOTALL | re.IGNORECASE)
_MOST_WORDS_AROUND = 25
_FEWEST_ARMOUR_LINES = 2
# RFC 9580 §9.1: public-key algorithms that encrypt
_ALGORITHMS = frozenset({1, 2, 16, 18, 20, 25, 26})


class Pgp:
    method = Method.PGP

    def score(self, mail: MailText) -> int:
        """Encrypted: 4 and more. Signed, keys, Autocrypt: 1 to 3."""
        return max(_by_type(mail), _by_text(mail), _by_file(mail))


def _by_type(mail: MailText) -> int:
    # RFC 3156 §4
    protocol = mail.parameters.get("protocol", "").lower()
    parts = {part.lower() for part in mail.part_types}
    if mail.media_type.lower() == "multipart/encrypted":
        return _ENCRYPTED if "pgp" in protocol or "application/pgp-encrypted" in parts else 0
    if "application/pgp-encrypted" in parts | {mail.media_type.lower()}:
        # A forwarded message is somebody else's
        return _NOTE if "message/rfc822" in parts else _ENCRYPTED
    if mail.media_type.lower() == "application/pgp" and mail.parameters.get("x-action", "encrypt") == "encrypt":
        return _NAMED_FILE
    if parts & {"application/pgp-signature", "application/pgp-keys"} or "pgp-signature" in protocol:
        return _NOTE
    return _HINT if any(name in ("autocrypt", "openpgp") for name, _ in mail.headers) else 0


def _by_text(mail: MailText) -> int:
    """The armoured block is the message: almost no own words stand around it."""
    texts = [own_words(text) for text in mail.texts]
    around = sum(word_count(_BLOCK.sub("", text)) for text in texts[:2]) if len(texts) < 3 else 0
    for text in texts:
        block = _BLOCK.search(text)
        if block and _is_armoured(block.group("body")):
            rest = word_count(_BLOCK.sub("", text).replace("END PGP MESSAGE", ""))
            is_file = any(_FILE.search(name) or name.lower().endswith(".asc") for name in mail.filenames)
            if rest <= _MOST_WORDS_AROUND and (is_file or around <= 2 * _MOST_WORDS_AROUND):
                return _NAMED_FILE
            return _NOTE
    return _NOTE if any(_READABLE.search(text) for text in texts) else 0


def _is_armoured(body: str) -> bool:
    """Whether most lines are base64: an abridged example is none."""
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    armoured = sum(_ARMOUR_LINE.fullmatch(line) is not None for line in lines)
    return armoured >= _FEWEST_ARMOUR_LINES and armoured * 4 >= len(lines) * 3 - 8


def _by_file(mail: MailText) -> int:
    if "message/rfc822" in mail.part_types:
        return 0
    is_named = any(_FILE.search(name) for name in mail.filenames)
    can_hold_armour = is_named or not mail.filenames or any(_ARMOURED_FILE.search(name) for name in mail.filenames)
    for leading in mail.leading:
        if leading.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"-----BEGIN PGP MESSAGE"):
            return _NAMED_FILE if can_hold_armour else _NOTE + 2
        if _is_encrypted_packet(leading) or is_named and _is_password_packet(leading) or _ZIPPED_NAME.match(leading):
            return _NAMED_FILE
    return 0


def _is_encrypted_packet(leading: bytes) -> bool:
    """A public-key encrypted session key packet, version 3 or 6 (RFC 9580 §5.1)."""
    tag, body = _packet(leading)
    if tag != 1 or len(body) < 10:
        return False
    return body[0] == 3 and body[9] in _ALGORITHMS or body[0] == 6 and body[1] in (0, 21, 33)


def _is_password_packet(leading: bytes) -> bool:
    """A symmetric-key encrypted session key packet, or one of encrypted data (RFC 9580 §5.3, §5.13)."""
    tag, body = _packet(leading)
    return tag == 3 and body[:1] in (b"\x04", b"\x05", b"\x06") or tag in (18, 20) and body[:1] in (b"\x01", b"\x02")


def _packet(leading: bytes) -> tuple[int, bytes]:
    """Tag and beginning of the first packet's body; tag 0 if there is none (RFC 9580 §4.2)."""
    if len(leading) < 12 or not leading[0] & 0x80:
        return 0, b""
    if leading[0] & 0x40:
        octets = 1 if leading[1] < 192 else 2 if leading[1] < 224 else 5 if leading[1] == 255 else 1
        return leading[0] & 0x3F, leading[1 + octets :]
    kind = leading[0] & 3
    return leading[0] >> 2 & 15, leading[1 + (1, 2, 4, 0)[kind] :]
