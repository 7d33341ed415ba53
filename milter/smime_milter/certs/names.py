"""Names in certificates: the mailboxes and domains of a subjectAltName, and distinguished names as text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from asn1crypto import core, x509

from smime_milter.model.address import parse_address, to_a_label

MAX_TEXT = 200
MAX_NAMES = 500  # a certificate with more mailboxes is no person's; the rest is not looked at

_SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9"  # RFC 9598 §3
_LABELS = {"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.42": "GN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
           "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.5": "serialNumber", "2.5.4.97": "organizationIdentifier",
           "2.5.4.65": "pseudonym", "1.2.840.113549.1.9.1": "E"}


@dataclass(frozen=True, slots=True)
class AlternativeNames:
    """Mailboxes in comparable form, domains as A-labels, without repetition."""

    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    has_bad_address: bool = False


def alternative_names(extension: core.Asn1Value | None) -> AlternativeNames:
    """Sort a parsed GeneralNames; an address outside the strict grammar only sets `has_bad_address`."""
    if extension is None:
        return AlternativeNames()
    names = list(extension)
    mailboxes = list(_mailboxes(names[:MAX_NAMES]))
    return AlternativeNames(
        tuple(dict.fromkeys(m for m in mailboxes if m is not None)),
        tuple(dict.fromkeys(_domains(names[:MAX_NAMES]))),
        None in mailboxes or len(names) > MAX_NAMES,
    )


def _mailboxes(names: list[x509.GeneralName]) -> Iterator[str | None]:
    for name in names:
        if name.name == "rfc822_name":
            yield _ascii_mailbox(_octets(name.chosen))
        elif name.name == "other_name" and name.chosen["type_id"].dotted == _SMTP_UTF8_MAILBOX:
            yield _utf8_mailbox(name.chosen["value"])


def _octets(value: core.Asn1Value) -> bytes:
    """The content octets as they stand, or b"" for a constructed string, which DER forbids."""
    return bytes(value.contents) if value.method == 0 else b""


def _ascii_mailbox(octets: bytes) -> str | None:
    # RFC 5280 §4.2.1.6: an IA5String, Mailbox without angle brackets; a NUL ends a C string
    if not all(0x20 < octet < 0x7F for octet in octets) or octets.startswith(b"<"):
        return None
    return _key(octets.decode("ascii"))


def _utf8_mailbox(value: core.Any) -> str | None:
    inner = value.parsed
    if not isinstance(inner, core.UTF8String):
        return None
    text = _octets(inner).decode("utf-8", errors="replace")
    local, _, domain = text.rpartition("@")
    # RFC 9598 §3: a local part that is not ASCII, or rfc822Name constraints could be dodged;
    # the domain in A-labels, because U-labels map differently in IDNA 2003 and 2008
    is_in_place = not local.isascii() and domain.isascii()
    is_plain = local.isprintable() and " " not in text and not text.startswith("<")
    is_stable = unicodedata.is_normalized("NFC", text) and "\ufffd" not in text
    return _key(text) if is_in_place and is_plain and is_stable else None


def _key(text: str) -> str | None:
    address = parse_address(text)
    return address.key if address else None


def _domains(names: list[x509.GeneralName]) -> Iterator[str]:
    for name in names:
        if name.name != "dns_name":
            continue
        octets = _octets(name.chosen)
        address = parse_address("x@" + octets.decode("ascii")) if octets.isascii() else None
        if address is not None:
            yield to_a_label(address.domain)


def printable(name: x509.Name) -> str:
    """A distinguished name in RFC 4514 style, control characters escaped, at most 200 characters."""
    parts: list[str] = []
    length = 0
    for pairs in name.chosen:
        for pair in pairs:
            label = _LABELS.get(pair["type"].dotted, pair["type"].dotted)
            parts.append(f"{label}={escaped(_text(pair['value']))}")
            length += len(parts[-1]) + 2
        if length > MAX_TEXT:
            break
    text = ", ".join(parts)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _text(value: core.Asn1Value) -> str:
    """Decode no more than could be shown; octets of the wrong character set appear as Latin-1."""
    chosen = getattr(value, "chosen", value)
    try:
        text = str(chosen.native)
    except (ValueError, TypeError):
        text = (chosen.contents or b"").decode("latin-1")
    return text[:MAX_TEXT]


def escaped(text: str) -> str:
    """Text that cannot break a line, a terminal or a list: RFC 4514 §2.4 specials and everything unprintable."""
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character in ',+"\\<>;':
        return "\\" + character
    if character.isprintable():
        return character
    return "".join(f"\\{octet:02X}" for octet in character.encode("utf-8", "surrogatepass"))
