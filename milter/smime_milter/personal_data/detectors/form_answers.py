"""Occupation, income, family and health where a form asks for them: only an answered label counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_ANSWER = re.compile(r"[^\W_]")
_NO_ANSWER = re.compile(
    r"(?:bitte|siehe|s\.|keine?|nein|entf(?:ä|ae)llt|n/?a|none|no|yes|ja|unbekannt|-|_|\.{2,}|<|\[|\(?optional|angabe"
    r"|angeben|fehlt|offen|wird|folgt|optional|see|please|to be)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """One question: its label as a whole, and what an answer must look like."""

    name: str
    category: Category
    label: re.Pattern[str]
    answer: re.Pattern[str] = _ANSWER

    def find(self, text: Text) -> Iterator[Hit]:
        for label, start, end in text.fields:
            value = text.plain[start:end]
            if self.label.fullmatch(label) and self.answer.search(value) and not _NO_ANSWER.match(value):
                yield Hit(start, end, " ".join(value.lower().split()))


OCCUPATION = FormAnswer(
    "occupation",
    Category.OCCUPATION,
    re.compile(r"(?:derzeitiger?\s|ausge(?:ü|ue)bter?\s|erlernter?\s)?(?:beruf(?:e|liche t(?:ä|ae)tigkeit)?|t(?:ä"
               r"|ae)tigkeit|occupation|job title|profession)", re.IGNORECASE),
    re.compile(r"[^\W\d_]{4}"),
)
INCOME = FormAnswer(
    "income",
    Category.INCOME,
    re.compile(
        r"(?:zu verst\.?\s|zu versteuerndes\s|mtl\.?\s|monatliches\s|j(?:ä|ae)hrliches\s)?(?:brutto|netto|jahres"
        r"|monats)?-?(?:einkommen|gehalt|lohn|verdienst|brutto|netto|income|salary|rente)"
        r"(?:\s?\(?(?:brutto|netto|mtl\.?|monatlich|j(?:ä|ae)hrlich)\)?)?",
        re.IGNORECASE,
    ),
    re.compile(r"[0-9]{3}|[0-9]\.[0-9]{3}"),
)
FAMILY = FormAnswer(
    "family",
    Category.FAMILY,
    re.compile(r"familienstand|marital status|zivilstand|personenstand", re.IGNORECASE),
    re.compile(r"ledig|verheiratet|geschieden|verwitwet|getrennt|verpartnert|single|married|divorced|widowed|separated"
               r"|lebensgemeinschaft", re.IGNORECASE),
)
HEALTH = FormAnswer(
    "health",
    Category.HEALTH,
    re.compile(
        r"(?:(?:haupt|neben|erst|verdachts)?diagnosen?|medikamente?|medikation|vorerkrankung(?:en)?|erkrankung(?:en)?"
        r"|behandlung(?:en)?(?:\sin\sden\s.{1,24})?|verletzung(?:en)?|gesundheit(?:szustand|sangaben)?"
        r"|k(?:ö|oe)rpergr(?:ö|oe)(?:ß|ss)e(?:\s?/\s?gewicht)?|gr(?:ö|oe)(?:ß|ss)e\s?/\s?gew(?:icht|\.)|bmi|psyche"
        r"|operation(?:en)?|allergien?|pflegegrad|behinderung|gdb|icd(?:-?10)?|beschwerden|befund|symptome"
        r"|diagnos[ie]s|medications?|pre-?existing conditions?|treatments?|raucher|rauchen)",
        re.IGNORECASE,
    ),
    re.compile(r"[^\W_]{3}"),
)
RELIGION = FormAnswer(
    "religion",
    Category.RELIGION,
    re.compile(r"konfession|religion(?:szugeh(?:ö|oe)rigkeit|sbekenntnis)?|bekenntnis|kirchensteuer(?:merkmal)?|religion|faith",
               re.IGNORECASE),
    re.compile(r"kath|evang|\bev\b|\brk\b|isl|musl|jüd|ortho|konfession|buddh|hind|luth|jew|christ", re.IGNORECASE),
)

_TICKED = re.compile(
    r"^[ \t]{0,8}(?:\[[xX]\]|\([xX]\)|☒|☑|✓)[ ]{0,3}(?:wirbels(?:ä|ae)ule|r(?:ü|ue)cken|gelenke?|knie|herz|kreislauf"
    r"|blutdruck|lunge|atemwege"
    r"|magen|darm|leber|nieren?|blase|psyche|seele|nerven(?:system)?|haut|augen?|ohren|allergien?|stoffwechsel|diabetes"
    r"|krebs|tumore?"
    r"|unf(?:ä|ae)lle|operation(?:en)?|krankenhaus|reha|medikamente|rauchen|raucher|alkohol|drogen|sucht|therapie"
    r"|behandlung(?:en)?"
    r"|schilddr(?:ü|ue)se|blut|infektion(?:en)?|muskeln?|z(?:ä|ae)hne|schwangerschaft|behinderung"
    r"|erwerbsminderung)\b[^\n:]{0,20}?"
    r"(?:[ \t]{2,40}|:[ ]{0,20})(?P<answer>[^\s\n][^\n]{2,100})",
    re.MULTILINE | re.IGNORECASE,
)


class TickedAnswer:
    """A ticked question of a health questionnaire with what was written behind it."""

    name = "ticked_answer"
    category = Category.HEALTH

    def find(self, text: Text) -> Iterator[Hit]:
        if not text.has("[x]", "(x)", "☒", "☑", "✓"):
            return
        for found in _TICKED.finditer(text.plain):
            answer = found.group("answer").rstrip()
            yield Hit(found.start("answer"), found.start("answer") + len(answer), " ".join(answer.lower().split()))
