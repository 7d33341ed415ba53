"""A message file as an MTA would hand it to us."""

from __future__ import annotations

import re

from smime_milter.model.message import HeaderField, Message, message_of

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_MAILBOX_LINE = re.compile(rb">?From [^\n]*\n")


def split_message(data: bytes) -> Message:
    """Read a message file with LF or CRLF line ends; never fails.

    As Postfix does: a bare CR becomes a blank, and a line that is no field ends the header
    section and begins the body. The first line of an mbox is left out.
    """
    text = data.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    separator = _MAILBOX_LINE.match(text)
    at = separator.end() if separator else 0
    fields: list[HeaderField] = []
    while (match := _FIELD.match(text, at)) is not None:
        fields.append(HeaderField(match[1], match[2]))
        at = match.end()
    if text[at : at + 1] == b"\n":
        at += 1
    body = text[at:]
    if body and not body.endswith(b"\n"):
        body += b"\n"
    return message_of(tuple(fields), body.replace(b"\n", b"\r\n"))
