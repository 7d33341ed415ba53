"""What a reader's eye takes for the same text: one comparable form for characters that look alike."""

from __future__ import annotations

import unicodedata

# Format and combining characters, controls, blanks: nobody sees them, or sees the same without them.
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cc", "Zs", "Zl", "Zp", "Cn", "Co", "Cs"})
# Letters that are shown as nothing: Hangul and Khmer fillers, the empty Braille cell
_FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
# Unicode TR 39's confusables, as far as a word of ours could be written with them.
_LATIN = {
    **dict(zip("АВЕЗКМНОРСТУХІЈЅԌԚԜҺӀ", "abe3kmhopctyxijsgqwhi")),
    **dict(zip("авезкмнорстухіјѕԍԛԝһӏгпԁӧїё", "abe3kmhopctyxijsgqwhirndoie")),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "abezhikmnoptyxcj")),
    **dict(zip("αβγεηικνορτυχωϲϳ", "abyenikvoptuxwcj")),
    **dict(zip("ɑɡɩɪıſʏᴀᴄᴅᴇɢʜᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡᴢ", "agiiisyacdeghjklmnoprstuvwz")),
    **dict(zip("ԱՕՍԼԳոսօհցզ", "uoulqnuohgq")),
    **dict(zip("1lL|ǀ∣0", "iiiiiio")),
    **dict.fromkeys("【〔〖⟦❲⁅⟨〈《「『", "["), **dict.fromkeys("】〕〗⟧❳⁆⟩〉》」』", "]"),
}


def folded(text: str) -> tuple[str, list[int]]:
    """The comparable form, and for each of its characters where it stands in `text`.

    Without case, accents, blanks and invisible characters, compatibility forms decomposed, letters of other scripts as the
    Latin ones they look like.
    """
    made: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        for part in _seen(character):
            made.append(part)
            places.append(index)
    return "".join(made), places


def _seen(character: str) -> str:
    if character.isascii() and character.isalnum() and character not in "1lL0":
        return character.lower()
    parts = (_LATIN.get(part, part) for part in unicodedata.normalize("NFKD", _LATIN.get(character, character)))
    plain = "".join(p for p in parts if unicodedata.category(p) not in _INVISIBLE and p not in _FILLERS)
    return "".join(_LATIN.get(part, part) for part in plain.casefold())
