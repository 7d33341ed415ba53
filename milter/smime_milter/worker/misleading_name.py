"""Whether the name beside an author's address claims to be somebody of ours, or a result of ours."""

from __future__ import annotations

import re

from smime_milter.mime.mailboxes import Mailbox
from smime_milter.model.address import belongs_to
from smime_milter.worker.lookalikes import folded
from smime_milter.worker.subject_marks import holds_mark

_ADDRESS = re.compile(r"@([\w.-]{3,255})")


def is_misleading(authors: tuple[Mailbox, ...], own_domains: tuple[str, ...], marks: tuple[str, ...]) -> bool:
    """A mark of ours in the name, or an address of ours beside one that is not."""
    return any(holds_mark(a.display, marks) or _claims_us(a, own_domains) for a in authors if a.display)


def _claims_us(author: Mailbox, own_domains: tuple[str, ...]) -> bool:
    if belongs_to(author.address.domain, own_domains):
        return False
    seen = folded(author.display)[0]
    ours = {folded(domain.lstrip("."))[0] for domain in own_domains}
    claimed = [found.rstrip(".-") for found in _ADDRESS.findall(seen)]
    return any(name == own or name.endswith("." + own) for name in claimed for own in ours)
