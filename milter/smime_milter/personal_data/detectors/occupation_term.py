"""Occupations in running text: behind "als", "von Beruf" and the like, counted only where a person is spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smime_milter.model.finding import Category
from smime_milter.personal_data.hit import Hit
from smime_milter.personal_data.text import Text

_JOB = (
    r"(?=[A-ZÄÖÜ])[A-Za-zÄÖÜäöüß\-]{0,24}?(?i:lehrer|meister|techniker|ingenieur|verkäufer|pfleger|mechaniker|arbeiter|bauer"
    r"|setzer|schlosser|tischler|maurer|monteur|wirt|friseur|bäcker|metzger|fleischer|koch|köch|kellner|loge|log|therapeut|fahrer"
    r"|pilot|polizist|beamter|beamt|angestellter?|unternehmer|händler|führer|arzt|ärzt|richter|anwalt|berater|assistent|helfer"
    r"|elektriker|installateur|zimmerer|dachdecker|gärtner|förster|kaufmann|kauffrau|erzieher|designer|programmierer|entwickler"
    r"|informatiker|student|rentner|pensionist|landwirt|soldat|schauspieler|musiker|schwester|hausfrau|hebamme"
    r"|selbst(?:st)?ändiger?|freiberufler)(?:in|s)?\b"
)
_SAID = re.compile(
    r"(?:als\s(?:(?:selbst(?:st)?ändiger?|angestellter?|gelernter?|ungelernter?|freier?)\s)?|Beruf(?:lich)?\s(?:ist\s)?"
    r"|gelernter?\s|einer\s)"
    rf"(?P<job>{_JOB})"
)


_FIELD = re.compile(r"^[ \t]{0,8}(?:[-*•][ ])?Beruf[ ]{1,3}(?P<job>[A-ZÄÖÜ][^\n:;,.]{3,60})", re.MULTILINE)


_CUES = frozenset(("als", "Beruf", "Beruflich", "gelernter", "gelernte", "einer"))


class OccupationTerm:
    name = "occupation_term"
    category = Category.OCCUPATION

    def find(self, text: Text) -> Iterator[Hit]:
        plain = text.plain
        places = (at for cue in _CUES & text.words for at in text.places(cue))
        said = (_SAID.match(plain, at) for at in places)
        fields = _FIELD.finditer(plain) if "Beruf " in plain else ()
        for found in (*filter(None, said), *fields):
            yield Hit(found.start("job"), found.end("job"), found.group("job").lower())
