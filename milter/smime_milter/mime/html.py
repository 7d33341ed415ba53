"""HTML as a person sees it, and the text hidden in it.

Not `html.parser`: Python 3.11's raises on `<![x[` and needs quadratic time for open comments
and tags. This reading is linear, keeps all text, and decides nothing about CSS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

_OPENING = re.compile(r"<(?:/?[a-zA-Z]|[!?])")
_TAG = re.compile(r"</?([a-zA-Z][^\s/>]{0,60})((?:[^>\"']|\"[^\"]*\"|'[^']*')*+)>")
_TAG_NAME = re.compile(r"</?([a-zA-Z][^\s/>]{0,60})")
# Matches every word, so that none is looked at twice.
_ATTRIBUTE = re.compile(r"([^\s=/\"'>]++)(?:\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]++)))?")
_LONGEST_TAG = 64 * 1024
_FAILURES = 200
_PIECES = 300_000
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "label", "mark", "nobr", "o:p", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "time", "tt", "u", "var", "wbr", "img", "shy",
))
_CELLS = frozenset(("td", "th"))
_LAYOUT = frozenset((
    "style", "class", "id", "width", "height", "align", "valign", "border", "color", "bgcolor", "face", "size", "dir",
    "cellpadding", "cellspacing", "colspan", "rowspan", "lang", "rel", "type", "target", "charset", "media", "link",
    "vlink", "http-equiv", "name", "nowrap", "hspace", "vspace", "alink", "role", "start", "clear",
))
_SOURCES = frozenset(("href", "src", "action", "data", "background"))
_RAW_TEXT = {name: re.compile(rf"</{name}[\s/>]", re.IGNORECASE) for name in ("style", "script")}
_CSS_CONTENT = re.compile(r"content\s{0,9}:([^;}]*)")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_SPACE_AT_BREAK = re.compile(r" ?[\n]+ ?")


@dataclass(slots=True)
class Html:
    """`text` is what is shown, one line per block; `hidden` what stands in attributes, comments and style sheets.

    `has_data_uri`: content of another kind is embedded in it, which nobody has read. `is_whole` is False
    when there was more markup than the limit.
    """

    text: str = ""
    hidden: tuple[str, ...] = ()
    has_data_uri: bool = False
    is_whole: bool = True


@dataclass(slots=True)
class _Reading:
    out: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    has_data_uri: bool = False
    failures: int = 0
    in_pre: bool = False


def read_html(source: str) -> Html:
    """Read a document or fragment, however broken; never fails, linear time."""
    reading = _Reading()
    at = pieces = 0
    while pieces < _PIECES and (opening := _OPENING.search(source, at)) is not None:
        pieces += 1
        _text(reading, source[at : opening.start()])
        at = _markup(reading, source, opening.start())
    _text(reading, source[at:])
    text = _SPACE_AT_BREAK.sub("\n", "".join(reading.out)).strip()
    return Html(text, tuple(reading.hidden), reading.has_data_uri, pieces < _PIECES)


def _text(reading: _Reading, raw: str) -> None:
    if raw:
        text = unescape(raw) if "&" in raw else raw
        reading.out.append(text if reading.in_pre else _BLANKS.sub(" ", text))


def _markup(reading: _Reading, source: str, at: int) -> int:
    """Read one piece of markup at a `<` and return the offset behind it."""
    if source.startswith("<!--", at):
        return _hide(reading, source, at + 4, "-->")
    if source.startswith(("<!", "<?"), at):
        return _hide(reading, source, at + 2, ">")
    name, attributes, end = _tag(reading, source, at)
    is_end = source.startswith("</", at)
    _break(reading, name, is_end)
    if attributes:
        _attributes(reading, attributes)
    return end if is_end or name not in _RAW_TEXT else _raw_text(reading, source, end, name)


def _hide(reading: _Reading, source: str, start: int, closing: str) -> int:
    """Keep what a reader does not see; what is never closed reaches to the end."""
    end = source.find(closing, start)
    stop = len(source) if end < 0 else end
    hidden = unescape(source[start:stop]).strip()
    if hidden and hidden[:7].lower() not in ("doctype", "[endif]"):
        reading.hidden.append(hidden)
    return stop if end < 0 else end + len(closing)


def _tag(reading: _Reading, source: str, at: int) -> tuple[str, str, int]:
    """Name, attributes and end of a tag.

    Quotation marks are respected as long as they pair up; each failure costs time, so after
    some of them a tag simply ends at the next `>`.
    """
    if reading.failures < _FAILURES:
        match = _TAG.match(source, at, at + _LONGEST_TAG)
        if match:
            return match[1].lower(), match[2], match.end()
    reading.failures += 1
    end = source.find(">", at)
    end = len(source) if end < 0 else end
    name = _TAG_NAME.match(source, at, end)
    return (name[1].lower() if name else ""), source[name.end() if name else at : end], end + 1


def _break(reading: _Reading, name: str, is_end: bool) -> None:
    if name == "pre":
        reading.in_pre = not is_end
    if name in _CELLS:
        reading.out.append("" if is_end else "\t")
    elif name not in _INLINE:
        reading.out.append("\n")


def _attributes(reading: _Reading, text: str) -> None:
    words = []
    for match in _ATTRIBUTE.finditer(text):
        if match.lastindex == 1:
            words.append(match[1])
        else:
            _attribute(reading, match[1].lower(), unescape(match[match.lastindex or 1]).strip())
    if len(words) > 1:  # no layout needs more than one without a value
        reading.hidden.append(" ".join(words))


def _attribute(reading: _Reading, name: str, value: str) -> None:
    if name in _SOURCES and value[:5].lower() == "data:":
        reading.has_data_uri = True
    elif value and name not in _LAYOUT and not name.startswith("xmlns"):
        reading.hidden.append(unquote(value) if name in _SOURCES and "%" in value else value)


def _raw_text(reading: _Reading, source: str, start: int, name: str) -> int:
    """Keep a script as a whole, of a style sheet what can hold words: comments and generated content."""
    match = _RAW_TEXT[name].search(source, start)
    end = match.start() if match else len(source)
    inner = source[start:end]
    found = [inner] if name == "script" else [*_css_comments(inner), *_CSS_CONTENT.findall(inner)]
    reading.hidden.extend(text for part in found if (text := part.strip()))
    return end


def _css_comments(css: str) -> Iterator[str]:
    at = 0
    while (start := css.find("/*", at)) >= 0:
        end = css.find("*/", start + 2)
        at = len(css) if end < 0 else end + 2
        yield css[start + 2 : len(css) if end < 0 else end]
