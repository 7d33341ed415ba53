"""Words for marital status, family and religion: counted only where a person is spoken of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text


@dataclass(frozen=True, slots=True)
class Terms:
    """A closed list of words that say it by themselves."""

    name: str
    category: Category
    words: frozenset[str]

    def find(self, text: Text) -> Iterator[Hit]:
        for word in self.words & text.words:
            for at in text.places(word):
                yield Hit(at, at + len(word), word.lower())


FAMILY_TERM = Terms(
    "family_term", Category.FAMILY,
    frozenset("geschieden geschiedene geschiedener verwitwet verwitwete ledig verheiratet unverheiratet verpartnert"
              " alleinerziehend "
              "alleinerziehende wiederverheiratet unehelich uneheliche adoptiert adoptierte verlobt Witwe Witwer Halbwaise"
              " Vollwaise "
              "divorced widowed unmarried".split()),
)
RELIGION_TERM = Terms(
    "religion_term", Category.RELIGION,
    frozenset("konfessionslos römisch-katholisch evangelisch-lutherisch".split()),
)
