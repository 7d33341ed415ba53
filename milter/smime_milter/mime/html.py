"""HTML as a person sees it, and the text hidden in it.

Not `html.parser`: Python 3.11's raises on `<![x[` and needs quadratic time for open comments
and tags. This reading is linear, keeps all text, and decides nothing about CSS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

_TAG = re.compile(r"</?([a-zA-Z][^\s/>]{0,60})((?:[^>\"']|\"[^\"]*\"|'[^']*')*+)>")
_TAG_NAME = re.compile(r"</?([a-zA-Z][^\s/>]{0,60})")
_ATTRIBUTE = re.compile(r"([^\s=/\"'>]{1,60})\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_LONGEST_TAG = 64 * 1024
_FAILURES = 200
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "label", "mark", "nobr", "o:p", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "time", "tt", "u", "var", "wbr", "img", "shy",
))
_CELLS = frozenset(("td", "th"))
_SHOWN_ATTRIBUTES = frozenset((
    "href", "alt", "title", "value", "content", "placeholder", "summary", "label", "aria-label", "src", "action",
))
_SOURCES = frozenset(("href", "src", "action", "data", "background"))
_RAW_TEXT = {name: re.compile(rf"</{name}[\s/>]", re.IGNORECASE) for name in ("style", "script")}
_CSS_TEXT = re.compile(r"/\*([^*]*(?:\*(?!/)[^*]*)*)\*/|content\s{0,9}:\s{0,9}(?:\"([^\"\n]*)\"|'([^'\n]*)')")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_SPACE_AT_BREAK = re.compile(r" ?[\n]+ ?")


@dataclass(slots=True)
class Html:
    """`text` is what is shown, one line per block; `hidden` what stands in attributes, comments and style sheets.

    `has_data_uri`: content of another kind is embedded in it, which nobody has read.
    """

    text: str = ""
    hidden: tuple[str, ...] = ()
    has_data_uri: bool = False


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
    at = 0
    while (opening := source.find("<", at)) >= 0:
        _text(reading, source[at:opening])
        at = _markup(reading, source, opening)
    _text(reading, source[at:])
    text = _SPACE_AT_BREAK.sub("\n", "".join(reading.out)).strip()
    return Html(text, tuple(reading.hidden), reading.has_data_uri)


def _text(reading: _Reading, raw: str) -> None:
    if raw:
        text = unescape(raw) if "&" in raw else raw
        reading.out.append(text if reading.in_pre else _BLANKS.sub(" ", text))


def _markup(reading: _Reading, source: str, at: int) -> int:
    """Read one piece of markup at a `<` and return the offset behind it."""
    if source.startswith("<!--", at):
        end = source.find("-->", at + 4)
        return _hide(reading, source, at + 4, end, 3)
    if source.startswith(("<!", "<?"), at):
        end = source.find(">", at + 2)
        return _hide(reading, source, at + 2, end, 1)
    tag = _tag(reading, source, at)
    if tag is None:
        reading.out.append("<")
        return at + 1
    name, attributes, end = tag
    is_end = source.startswith("</", at)
    _break(reading, name, is_end)
    if attributes:
        _attributes(reading, attributes)
    return end if is_end or name not in _RAW_TEXT else _raw_text(reading, source, end, name)


def _hide(reading: _Reading, source: str, start: int, end: int, closing: int) -> int:
    """Keep what a reader does not see; what is never closed reaches to the end."""
    stop = len(source) if end < 0 else end
    hidden = unescape(source[start:stop]).strip()
    if hidden and hidden[:7].lower() not in ("doctype", "[endif]"):
        reading.hidden.append(hidden)
    return stop if end < 0 else end + closing


def _tag(reading: _Reading, source: str, at: int) -> tuple[str, str, int] | None:
    """Name, attributes and end of a tag; None when it is text.

    Quotation marks are respected as long as they pair up; each failure costs time, so after
    some of them a tag simply ends at the next `>`.
    """
    if reading.failures < _FAILURES:
        match = _TAG.match(source, at, at + _LONGEST_TAG)
        if match:
            return match[1].lower(), match[2], match.end()
    name = _TAG_NAME.match(source, at)
    if name is None:
        return None
    reading.failures += 1
    end = source.find(">", name.end())
    end = len(source) if end < 0 else end
    return name[1].lower(), source[name.end() : end], end + 1


def _break(reading: _Reading, name: str, is_end: bool) -> None:
    if name == "pre":
        reading.in_pre = not is_end
    if name in _CELLS:
        reading.out.append("" if is_end else "\t")
    elif name not in _INLINE:
        reading.out.append("\n")


def _attributes(reading: _Reading, text: str) -> None:
    for match in _ATTRIBUTE.finditer(text):
        name = match[1].lower()
        value = unescape(match[2] or match[3] or match[4] or "").strip()
        if name in _SOURCES and value[:5].lower() == "data:":
            reading.has_data_uri = True
        elif value and name in _SHOWN_ATTRIBUTES:
            reading.hidden.append(unquote(value) if name in _SOURCES and "%" in value else value)


def _raw_text(reading: _Reading, source: str, start: int, name: str) -> int:
    """Style sheets and scripts: their comments and strings of text, a script as a whole."""
    match = _RAW_TEXT[name].search(source, start)
    end = match.start() if match else len(source)
    inner = source[start:end]
    if name == "script":
        reading.hidden.append(inner.strip())
    else:
        reading.hidden.extend(text for m in _CSS_TEXT.finditer(inner) if (text := "".join(filter(None, m.groups())).strip()))
    return end
