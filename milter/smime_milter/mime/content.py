"""What an entity says of its body: media type, transfer encoding, disposition and file name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from smime_milter.mime.encoded_words import decode_text
from smime_milter.mime.entity import Field
from smime_milter.mime.lexical import unfold, without_comments
from smime_milter.mime.limits import Limits
from smime_milter.mime.parameters import NONE, TOKEN, Parameters, read_parameters
from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.spool import Octets

_MEDIA_TYPE = re.compile(rb"(" + TOKEN + rb")/(" + TOKEN + rb")[ \t]*")
_DISPOSITION = re.compile(rb"(" + TOKEN + rb")[ \t]*")
_LENIENT_TYPE = re.compile(rb"[\s\"']*([A-Za-z0-9_-]{1,40})\s*/\s*([A-Za-z0-9_.+-]{1,100})[\"'\s]*")
# RFC 2045 §6.1; no comment, no fold, no quotation marks: mail readers differ on all of them.
_ENCODING = re.compile(rb"[ \t]*(7bit|8bit|binary|base64|quoted-printable)[ \t]*\r?\n?", re.IGNORECASE)
_IDENTITY = frozenset(("7bit", "8bit", "binary"))
_MARKED = Ambiguity.CONTENT_TYPE_SYNTAX


@dataclass(frozen=True, slots=True)
class Content:
    media_type: str
    parameters: Mapping[str, str]
    encoding: str
    disposition: str
    filename: str
    codes: frozenset[Ambiguity]


def read_content(octets: Octets, fields: tuple[Field, ...], default: str, limits: Limits) -> Content:
    """Read the first field of each name; `default` is the media type where none is given."""
    first: dict[bytes, Field] = {}
    for field in fields:
        name = field.name.lower()
        if name.startswith(b"content-"):
            first.setdefault(name, field)
    codes: set[Ambiguity] = set()
    media_type, parameters = _media_type(_value(octets, first, b"content-type", limits), default, limits, codes)
    disposition, more = _disposition(_value(octets, first, b"content-disposition", limits), limits, codes)
    encoding = _encoding(octets, first.get(b"content-transfer-encoding"), codes)
    container = media_type.partition("/")[0]
    if (container == "multipart" or media_type in ("message/rfc822", "message/global")) and encoding not in _IDENTITY:
        codes.add(Ambiguity.ENCODED_MULTIPART)  # RFC 2045 §6.4
    filename = _filename(more.values.get("filename", "") or parameters.values.get("name", ""), codes)
    return Content(media_type, parameters.values, encoding, disposition, filename, frozenset(codes))


def _value(octets: Octets, first: dict[bytes, Field], name: bytes, limits: Limits) -> bytes | None:
    field = first.get(name)
    if field is None:
        return None
    stop = min(field.end, field.value_start + limits.field)
    return unfold(octets[field.value_start : stop]).strip(b" \t\r\n")


def _media_type(value: bytes | None, default: str, limits: Limits, codes: set[Ambiguity]) -> tuple[str, Parameters]:
    if value is None:
        return default, NONE
    match = _MEDIA_TYPE.match(value)
    if match is None:
        codes.add(_MARKED)
        value = without_comments(value)
        match = _LENIENT_TYPE.match(value)
    if match is None:
        return "text/plain", NONE  # RFC 2045 §5.2
    parameters = _parameters(value, match.end(), limits, codes)
    return f"{match[1].decode('ascii')}/{match[2].decode('ascii')}".lower(), parameters


def _parameters(value: bytes, at: int, limits: Limits, codes: set[Ambiguity]) -> Parameters:
    parameters = read_parameters(value, at, limits.parameters)
    if not parameters.is_clean:
        codes.add(_MARKED)
        parameters = read_parameters(without_comments(value[at:]), 0, limits.parameters)
    codes.update(parameters.codes)
    return parameters


def _disposition(value: bytes | None, limits: Limits, codes: set[Ambiguity]) -> tuple[str, Parameters]:
    if value is None:
        return "", NONE
    match = _DISPOSITION.match(value)
    if match is None:
        codes.add(_MARKED)
        return "attachment", _parameters(value, 0, limits, codes)
    # RFC 2183 §2.8: an unknown disposition is an attachment.
    kind = "inline" if match[1].lower() == b"inline" else "attachment"
    return kind, _parameters(value, match.end(), limits, codes)


def _encoding(octets: Octets, field: Field | None, codes: set[Ambiguity]) -> str:
    if field is None:
        return "7bit"
    match = _ENCODING.fullmatch(octets, field.value_start, field.end)
    if match is None:
        codes.add(Ambiguity.TRANSFER_ENCODING_SYNTAX)
        return ""
    return match[1].decode("ascii").lower()


def _filename(value: str, codes: set[Ambiguity]) -> str:
    # RFC 2047 §5 (3) forbids encoded words here; nearly every client writes and reads them.
    if "=?" not in value:
        return value
    text, found = decode_text(value.encode("utf-8"))
    codes.update(found - {Ambiguity.RAW_8BIT_HEADER})
    return text
