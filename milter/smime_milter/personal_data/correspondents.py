"""Who writes to whom: the names and addresses that tell the recipient nothing new."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from smime_milter.personal_data.detectors.names import folded_words
from smime_milter.personal_data.text import Text

_FREE_MAIL = frozenset(
    "gmail.com googlemail.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de outlook.com outlook.de "
    "hotmail.com hotmail.de live.de live.com yahoo.com yahoo.de"
    " aol.com aol.de icloud.com me.com mac.com posteo.de mailbox.org proton.me protonmail.com arcor.de aon.at chello.at "
    "a1.net bluewin.ch kabelbw.de vodafone.de o2online.de"
    " unitybox.de online.de email.de mail.de drei.at utanet.at liwest.at inode.at tele2.at hispeed.ch".split()
)
_HEADER_QUOTE = re.compile(
    r"(?:^(?:Von|From|An|To|Cc|Kopie|Absender)[ ]?:[ ]{0,3}|(?:schrieb|wrote)[ ]|^(?:Am|On)[ ][^\n<]{5,80}["
    r" ,])[\"']?(?P<name>[^\W\d_][\w .,'\-]{2,60}?)[\"']?[ ]?[<\[(](?:mailto:)?[^\s<>@]{1,64}@(?P<domain>[\w.\-]{3,80})",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Correspondents:
    """Folded words of names. A surname alone is enough after a title; with a first name it must fit."""

    addresses: frozenset[str]
    domains: frozenset[str]
    words: frozenset[str]
    surnames: frozenset[str]
    handles: frozenset[str]

    def covers_name(self, key: str) -> bool:
        """Whether a name in comparable form is one of theirs."""
        words = [word for word in key.replace("-", " ").split() if len(word) > 1]
        if not words:
            return False
        if all(word in self.words for word in words):
            return True
        last_is_theirs = words[-1] in self.handles
        return last_is_theirs or len(words) == 1 and self._is_handle(words[0]) or self._starts_with_surname(words)

    def _starts_with_surname(self, words: list[str]) -> bool:
        """ "Kunert Termin": what follows a surname after a title is an ordinary noun."""
        return words[0] in self.surnames

    def _is_handle(self, word: str) -> bool:
        """ "petersen" in "j.petersen" or "jpetersen"."""
        return word in self.words or any(handle[1:] == word for handle in self.handles if len(word) > 4)

    def covers_address(self, address: str) -> bool:
        domain = address.rpartition("@")[2]
        return address in self.addresses or domain in self.domains

    def knows(self, names: Iterable[str]) -> Correspondents:
        """The same with more names, as a salutation uses them."""
        more = frozenset(word for name in names for word in folded_words(name))
        return Correspondents(self.addresses, self.domains, self.words | more, self.surnames | more, self.handles)


def correspondents(addresses: Iterable[str], names: Iterable[str], own_domains: Iterable[str]) -> Correspondents:
    """Build from comparable addresses, display names and our own domains."""
    known = frozenset(address.lower() for address in addresses)
    display = [folded_words(name) for name in names]
    words = frozenset(word for name in display for word in name)
    locals_of = [folded_words(address.rpartition("@")[0]) for address in known]
    locals_ = frozenset(word for local in locals_of for word in local)
    hosts = frozenset(address.rpartition("@")[2] for address in known) - _FREE_MAIL - {""}
    labels = frozenset(word for host in hosts for word in folded_words(host.rpartition(".")[0]) if len(word) > 3)
    return Correspondents(
        addresses=known,
        domains=hosts | frozenset(domain.lower().lstrip(".") for domain in own_domains),
        words=words | locals_ | labels,
        surnames=frozenset(name[-1] for name in (*display, *locals_of) if name) | labels,
        handles=locals_ - words,
    )


def quoted_colleagues(text: Text, known: Correspondents) -> list[str]:
    """Names in quoted header lines whose address is of a house that takes part in the exchange."""
    found = (_HEADER_QUOTE.search(text.plain, start, end) for start, end in text.address_lines)
    return [m.group("name") for m in found if m and m.group("domain").lower() in known.domains]
