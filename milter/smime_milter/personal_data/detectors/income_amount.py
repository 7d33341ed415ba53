"""Sums that say what somebody earns or owns: counted only where a person is spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_WORD = (r"(?:[a-z]{0,10}einkommen|einkünfte[n]?|gehalt|lohn|verdien(?:st|t|e|te)|vermögen|ersparnisse|schulden|pension"
         r"|übertragungswert"
         r"|kontostand|unterhalt|kinderbetreuungsgeld|krankengeld|arbeitslosengeld|salary|earns|income)")
_MONEY = r"(?:(?:€|eur|euro)\s?)?[0-9]{1,3}(?:[. ']?[0-9]{3}){0,2}(?:,[0-9\-–]{1,2})?(?:\s?(?:€|eur\b|euro\b))?"
_BEFORE = re.compile(rf"\b{_WORD}\b[^0-9\n.;]{{0,30}}(?P<sum>{_MONEY}(?:\s(?:netto|brutto|mtl\.|monatlich|jährlich))?)")
_BEHIND = re.compile(rf"(?P<sum>(?:im schnitt\s|ca\.\s|rund\s|etwa\s)?(?<![0-9.,]){_MONEY}\s?(?:netto|brutto)\b)")
# In such a line netto and brutto are those of an invoice.
_INVOICE = re.compile(r"rechnung|reparatur|kosten|angebot|preis|schaden|auftrag|freigabe|\bfrei\b|honorar|gutachten|mwst|ust"
                      r"|beitrag"
                      r"|prämie|miete|vertrag|kauf|liefer|mehrwert")
_CUES = ("eink", "gehalt", "lohn", "verdien", "vermögen", "ersparn", "schulden", "pension", "übertragungsw", "kontost",
         "unterhalt", "geld", "salary", "earns", "income", "netto", "brutto")


class IncomeAmount:
    name = "income_amount"
    category = Category.INCOME

    def find(self, text: Text) -> Iterator[Hit]:
        for line in text.lines_with(_CUES):
            start = text.line_starts[line]
            end = start + len(text.lines[line])
            for pattern in (_BEFORE, _BEHIND):
                if pattern is _BEHIND and _INVOICE.search(text.lower, start, end):
                    continue
                for found in pattern.finditer(text.lower, max(0, start - 1), end):
                    if sum(c.isdigit() for c in found.group("sum")) >= 3:
                        yield Hit(found.start("sum"), found.end("sum"), found.group("sum"))
