"""Mail addresses that cannot be wrong once they exist."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A dot-atom or anything between quotation marks; nothing that could end a header field or a
# C string. RFC 5321 §4.1.2, RFC 6531 §3.3
_ATOM = r'[^\x00-\x20\x7f()<>\[\]:;@\\,."]+'
_LOCAL = re.compile(_ATOM + r"(?:\." + _ATOM + r')*|"(?:[^\x00-\x1f\x7f"\\]|\\[\x20-\x7e])*"')
# Letters, digits, hyphens and everything that is not ASCII; without the dot, or "a.a.a.a!" costs years
_LABEL = r"[^\x00-\x2c\x2e\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+"
_DOMAIN = re.compile(_LABEL + r"(?:\." + _LABEL + r")*\.?")
_LITERAL = re.compile(r"\[[0-9A-Za-z:.]+\]")


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """One mailbox, kept as it was written; `key` is what two spellings of it have in common."""

    local: str
    domain: str

    @property
    def key(self) -> str:
        """The comparable form: domain as lower-case A-label, local part in lower case.

        RFC 8550 §3: the domain is compared without case, the local part should be.
        """
        return f"{self.local.lower()}@{to_a_label(self.domain)}"

    @property
    def domain_key(self) -> str:
        return to_a_label(self.domain)

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def to_a_label(domain: str) -> str:
    """The domain in lower case with every label ASCII; a label IDNA refuses stays as it is."""
    lowered = domain.lower().rstrip(".")
    if lowered.isascii():
        return lowered
    try:
        return lowered.encode("idna").decode("ascii")
    except UnicodeError:
        return lowered


def parse_address(text: str) -> EmailAddress | None:
    """Read `local@domain`, angle brackets optional; None for everything outside the grammar."""
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    local, at, domain = bare.rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        return None
    if not (_DOMAIN.fullmatch(domain) or _LITERAL.fullmatch(domain)):
        return None
    return EmailAddress(local, domain)


def belongs_to(domain: str, domains: tuple[str, ...]) -> bool:
    """Whether a domain is one of these; an entry with a leading dot includes its subdomains."""
    key = to_a_label(domain)
    return any(_covers(entry, key) for entry in domains)


def _covers(entry: str, key: str) -> bool:
    bare = to_a_label(entry.lstrip("."))
    return key == bare or (entry.startswith(".") and key.endswith("." + bare))
