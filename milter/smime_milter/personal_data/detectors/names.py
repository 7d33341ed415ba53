"""What a written name looks like, which words are none, and when two spellings are one name."""

from __future__ import annotations

import re

from smime_milter.personal_data.name_model import MODEL

_UPPER = "A-ZÄÖÜÀ-ÖØ-ÞŁŚŻŠČŽĐİŞĞ"
_LOWER = "a-zäöüßà-öø-ÿłśżšćčžđıńęąşğ"
_PART = rf"(?:(?:[{_UPPER}]['’])?[{_UPPER}][{_LOWER}]{{1,24}}(?:[{_UPPER}][{_LOWER}]{{1,20}})?|[{_UPPER}]{{2,25}})"
NAME_WORD = rf"(?:{_PART}(?:-(?:\n[ ]?)?{_PART}){{0,2}}|[{_UPPER}]\.)(?![{_LOWER}{_UPPER}])"
SPACE = r"(?:[ ]{1,3}|[ ]?\n[ ]{0,4})"
PARTICLES = r"(?:von|vom|van|zu|zum|zur|de|der|den|dem|del|della|di|da|el|al|la|le|bin|ibn|und\szu)" + SPACE
NAME = rf"(?:{PARTICLES}){{0,3}}{NAME_WORD}(?:{SPACE}(?:{PARTICLES}){{0,3}}{NAME_WORD}){{0,3}}"
# "Berg, Anna" as forms and lists write it
LISTED_NAME = rf"(?:{PARTICLES}){{0,2}}{NAME_WORD}(?:[ ]{NAME_WORD})?,[ ]{NAME_WORD}(?:[ ]{NAME_WORD})?"
ACADEMIC = (
    r"(?:Dr\.|Doktor|DDr\.|Prof\.|Professor(?:in)?|Priv\.-Doz\.|PD|Mag\.|MMag\."
    r"|Dipl\.-?\s?[A-Z][a-z]{1,8}\.?(?:\([A-Z]{2}\))?|Ing\.|DI|Prim\.|OA|Univ\.-Prof\."
    r"|med\.|jur\.|rer\.|nat\.|phil\.|dent\.|vet\.|h\.c\.|[Hh]abil\.|RA|RAin|Rechtsanw(?:alt|ältin))"
)
_FORM_WORDS = frozenset(
    "name vorname nachname zuname geburtsdatum anschrift adresse straße strasse ort plz telefon mail email beruf kunde "
    "kundin datum unterschrift versicherungsnehmer"
    " versicherte versicherter person personen nummer nr iban bic bank vertrag antrag police polizze schaden mandant "
    "patient antragsteller geburtsname titel anrede"
    " firma unternehmen abteilung straße/nr staatsangehörigkeit familienstand geschlecht familie herr frau herrn damen "
    "herren doktor professor"
    " und oder ist hat der die das den dem ein eine bitte wird wurde kann soll mit für bei zum zur aus auf von an in im am "
    "ab als auch nicht noch ja nein siehe wie wir sie ihr ihre ihren ich es"
    " ihrer ihrem ihres unser unsere unserer unserem unseres seiner seine sein seinem mein meine meiner meinem dieser diese"
    " diesem dieses jeder jede einer einem eines"
    " kollege kollegin kollegen nachbar nachbarin präsident präsidentin direktor direktorin minister ministerin "
    "bürgermeister bürgermeisterin bundeskanzler kanzler"
    " mustermann musterfrau muster max-mustermann beispiel xy test unbekannt name(n) der/die gott holle king president "
    "landrat stadtrat ringe kaiser graf könig magister chef "
    "pfarrer vorsitzender vorsitzende ober general"
    " center service team management manager support experience journey portal relations success satisfaction journey data "
    "hotline zufriedenheit bindung info information"
    " insured policy claim date birth address street phone number occupation first last full the and for you your our "
    "please".split()
)
LEGAL_FORM = re.compile(r"[ ,]{0,2}(?:GmbH|mbH|AG|SE|KG|KGaA|OHG|UG|eG|a\.\s?G|e\.\s?V|VVaG|Ltd|Inc|& Co)\b")
_COMPANY = re.compile(
    r"(?:GmbH|AG|KG|OHG|UG|SE|mbH|e\.?\s?V\.?|eG|GbR|Co|Ltd|Inc|VVaG|a\.\s?G|KGaA|Gesellschaft|[Vv]ersicherung(?:en)?"
    r"|[Ww]erke?|Verein"
    r"|Bank|Sparkasse|Kasse|Stiftung|Holding|Gruppe"
    r"|Group|Verband|Amt|Kanzlei|Praxis|Klinik(?:um)?|Krankenhaus|Universität|Schule|Stadt|Gemeinde|Ministerium)\b"
)

# Who speaks, teaches, leads or answers the phone is no customer, unless a label says so.
_PUBLIC_ROLE = re.compile(
    r"(?:Ansprechpartner(?:in)?|Referent(?:in)?|Dozent(?:in)?|Vorst(?:a|ä)nd(?:in)?|Vorstandschef(?:in)?|Vorsitzende[rn]?"
    r"|Gesch(?:ä|ae)ftsf(?:ü|ue)hrer(?:in)?"
    r"|Sprecher(?:in)?|Pressesprecher(?:in)?|Pressekontakt|Koll?eg(?:e|in|en)|Vertretung|Moderator(?:in)?|Moderation|R(?:ü"
    r"|ue)ckfragen|Autor(?:in)?|Speaker|Contact"
    r"|[Ww]enden Sie sich (?:bitte )?an|Trainer(?:in)?|Leit(?:er|erin|ung)|Chef(?:in)?|Team|Kontakt"
    r"|Dirigent(?:in)?|Regie|Solist(?:in)?|Pr(?:ä|ae)sident(?:in)?|Minister(?:in)?|B(?:ü|ue)rgermeister(?:in)?)"
    r"\b[^\n;]{0,15}\Z"
)


def trimmed(name: str) -> str:
    """The name without the ordinary words that follow it."""
    words = list(re.finditer(r"[^\s,]+", name))
    keep = 0
    for word in words:
        if _folded(word.group()) in _FORM_FOLDED and not re.fullmatch(PARTICLES.replace(SPACE, ""), word.group()):
            break
        if keep and word.group() in ("zum", "zur", "zu") and _is_noun_next(words, word):
            break
        keep = word.end()
    return name[:keep]


def _is_noun_next(words: list[re.Match[str]], word: re.Match[str]) -> bool:
    """ "Frau Berg zur Zeit": what stands behind the preposition is no part of her name."""
    at = words.index(word) + 1
    return at < len(words) and MODEL.gazetteer.is_noun(words[at].group())


def has_public_role(plain: str, at: int) -> bool:
    """Whether the name at this place stands behind the title of somebody who is no customer."""
    return _PUBLIC_ROLE.search(plain, max(0, at - 40), at) is not None


def is_name(name: str) -> bool:
    """Whether it can be a person: no lone initial, no ordinary word, no company."""
    key = name_key(name)
    if not set(key.split()) - _PARTICLE_WORDS:
        return False
    return len(key.replace(" ", "")) >= 2 and not _COMPANY.search(name)


def is_sample(name: str) -> bool:
    """Whether it is the name of nobody that forms are filled with."""
    return "uster" in name and re.search(r"[Mm]uster(?:mann|frau|kunde)?\b", name) is not None


def name_key(name: str) -> str:
    """Folded words, the surname last: "Berg, Anna" and "Anna  BERG" are one."""
    surname, comma, first = name.partition(",")
    words = re.findall(r"[\w'’\-]+", f"{first} {surname}" if comma else name)
    return " ".join(_folded(word.replace("-\n", "-")) for word in words)


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "á": "a", "à": "a", "ó": "o",
                          "í": "i", "ç": "c", "ñ": "n"})


def _folded(word: str) -> str:
    return word.lower().translate(_UMLAUTS)


_PARTICLE_WORDS = frozenset("von vom van zu zum zur de der den dem del della di da el al la le bin ibn und".split())
_FORM_FOLDED = frozenset(_folded(word) for word in _FORM_WORDS)


def folded_words(text: str) -> tuple[str, ...]:
    """Every word of at least two letters, folded."""
    return tuple(_folded(word) for word in re.findall(r"[^\W\d_]{2,}", text))
