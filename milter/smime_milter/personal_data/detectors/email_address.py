"""Mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_LOCAL = re.compile(r"[A-Za-z0-9._%+\-äöüÄÖÜß]{1,64}\Z")
_DOMAIN = re.compile(r"[A-Za-z0-9äöüÄÖÜß](?:[A-Za-z0-9\-äöüÄÖÜß]|\.(?=[A-Za-z0-9])){1,120}")


class Email:
    name = "email_address"
    category = Category.EMAIL

    def find(self, text: Text) -> Iterator[Hit]:
        at = text.plain.find("@")
        while at >= 0:
            local = _LOCAL.search(text.plain[max(0, at - 64) : at])
            domain = _DOMAIN.match(text.plain, at + 1)
            if local and domain and "." in domain.group():
                start = at - len(local.group())
                yield Hit(start, domain.end(), text.plain[start : domain.end()].lower())
            at = text.plain.find("@", at + 1)
