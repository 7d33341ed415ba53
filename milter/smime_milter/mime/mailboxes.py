"""Address lists of header fields, by the strict grammar of RFC 5322 §3.4, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from smime_milter.mime.encoded_words import decode_text
from smime_milter.mime.lexical import comment_end, unfold, unquote
from smime_milter.mime.limits import LIMITS
from smime_milter.model.address import EmailAddress, parse_address

_TOKEN = re.compile(
    rb"(?P<blank>[ \t]+)"
    rb"|(?P<word>[^\x00-\x20\x7f()<>\[\]:;@\\,\"]+)"  # atoms and the dots between them; RFC 6532 UTF-8
    rb'|"(?P<quoted>(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t -~\x80-\xff])*+)"'
    rb"|(?P<literal>\[[0-9A-Za-z:.]{1,60}\])"
    rb"|(?P<special>[<>:;@,])"
)
_TO_NEXT = re.compile(rb"[^,;]*")
_LONGEST = 256 * 1024
_TOKENS = 100  # per address: nobody has a longer name


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`display` is what a reader sees beside the address, decoded; a comment where there is no name."""

    display: str
    address: EmailAddress


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str    # "word", "quoted", "literal", "comment", or the special itself
    text: bytes
    is_glued: bool = False  # no white space before it


class _List:
    """The state of one reading: the tokens since the last comma, and what was made of them."""

    def __init__(self) -> None:
        self.found: list[Mailbox] = []
        self.is_clean = True
        self.elements = 0
        self.is_over = False
        self._tokens: list[_Token] = []
        self._in_group = False
        self._after_group = False

    def take(self, token: _Token) -> None:
        if token.kind == ",":
            self._close(may_be_empty=self._after_group)
            self._after_group = False
        elif token.kind == ":":
            self._open_group()
        elif token.kind == ";":
            self._end_group()
        else:
            self.is_clean &= not self._after_group or token.kind == "comment"
            self._tokens.append(token)
            self.is_over |= len(self._tokens) > _TOKENS

    def finish(self) -> None:
        self.is_clean &= not self._in_group
        self._close(may_be_empty=self._after_group)

    def spoil(self) -> None:
        """Give up the element that is being read."""
        self.is_clean = False
        self._tokens.clear()

    def _open_group(self) -> None:
        # RFC 5322 §3.4: display-name ":" [group-list] ";", not nested
        words = [t for t in self._tokens if t.kind != "comment"]
        self.elements += 1
        self.is_over |= self.elements >= LIMITS.addresses
        self.is_clean &= bool(words) and not self._in_group and all(t.kind in ("word", "quoted") for t in words)
        self._in_group = True
        self._tokens.clear()

    def _end_group(self) -> None:
        self.is_clean &= self._in_group
        self._close(may_be_empty=True)
        self._in_group, self._after_group = False, True

    def _close(self, may_be_empty: bool) -> None:
        self.elements += 1
        self.is_over |= self.elements >= LIMITS.addresses
        tokens, self._tokens = self._tokens, []
        if all(t.kind == "comment" for t in tokens):
            self.is_clean &= may_be_empty
            return
        mailbox = _mailbox(tokens)
        if mailbox is None:
            self.is_clean = False
        else:
            self.found.append(mailbox)


def mailboxes(value: bytes) -> tuple[tuple[Mailbox, ...], bool]:
    """Read an address list; False when anything in it is outside the grammar, then with what could be read.

    At most 2,000 addresses; more is outside the grammar. An obsolete route is not accepted.
    """
    reading = _List()
    bare = unfold(value)[:_LONGEST].strip(b" \t\r\n")
    for token in _tokens(bare):
        if token is None:
            reading.spoil()
            continue
        reading.take(token)
        if reading.is_over:
            reading.is_clean = False
            break
    reading.finish()
    return tuple(reading.found[: LIMITS.addresses]), reading.is_clean and len(value) <= _LONGEST


def _tokens(value: bytes) -> Iterator[_Token | None]:
    """Yield the tokens; None stands for what is none, and everything up to the next comma."""
    at, is_glued = 0, False
    while at < len(value):
        if value[at : at + 1] == b"(":
            end = comment_end(value, at)
            yield _Token("comment", value[at + 1 : end - 1]) if end > 0 else None
            at, is_glued = (end, False) if end > 0 else (len(value), False)
            continue
        match = _TOKEN.match(value, at)
        if match is None:
            yield None
            skipped = _TO_NEXT.match(value, at)
            at = skipped.end() if skipped else len(value)
            continue
        kind = match.lastgroup or ""
        at = match.end()
        if kind != "blank":
            text = match[kind]
            yield _Token(text.decode("ascii") if kind == "special" else kind, text, is_glued)
        is_glued = kind != "blank"


def _mailbox(tokens: list[_Token]) -> Mailbox | None:
    bare = [t for t in tokens if t.kind != "comment"]
    comments = b" ".join(t.text for t in tokens if t.kind == "comment")
    opens = next((i for i, t in enumerate(bare) if t.kind == "<"), None)
    if opens is None:
        address = _address(bare)
        return None if address is None else Mailbox(decode_text(comments)[0], address)
    phrase, spec = bare[:opens], bare[opens + 1 : -1]
    if bare[-1].kind != ">" or any(t.kind not in ("word", "quoted") for t in phrase):
        return None
    address = _address(spec)
    return None if address is None else Mailbox(_display(phrase) or decode_text(comments)[0], address)


def _address(tokens: list[_Token]) -> EmailAddress | None:
    if [t.kind for t in tokens] not in _ADDR_SPECS:
        return None
    local = b'"' + tokens[0].text + b'"' if tokens[0].kind == "quoted" else tokens[0].text
    try:
        return parse_address(f"{local.decode('utf-8')}@{tokens[2].text.decode('utf-8')}")
    except UnicodeError:
        return None


_ADDR_SPECS = [[local, "@", domain] for local in ("word", "quoted") for domain in ("word", "literal")]


def _display(phrase: list[_Token]) -> str:
    raw = b""
    for token in phrase:
        text = unquote(token.text) if token.kind == "quoted" else token.text
        raw += text if token.is_glued or not raw else b" " + text
    return decode_text(raw)[0]
