"""Read the header fields that an incoming message protects (RFC 9788), for those who look; identity never comes from them."""

from __future__ import annotations

from dataclasses import replace

from smime_milter.cms.smime import is_clear_signed
from smime_milter.mime.fields import decode_text, unfolded
from smime_milter.model.inspection import ProtectedField
from smime_milter.worker.protected_fields import is_protected_name
from smime_milter.worker.structure import Structure

_MOST = 100
_LONGEST = 2000


def protected_of(content: Structure) -> tuple[ProtectedField, ...]:
    """The fields of the cryptographic payload in the innermost layer; empty if it does not say that it protects them."""
    payload = _payload(content)
    # RFC 8551 §3.1: the older way, a whole message inside; forwarded=no tells it from a forwarded one
    if payload.root.media_type == "message/rfc822" and payload.root.parts and _is_wrapping(payload):
        payload = replace(payload, root=payload.root.parts[0])
    elif not {"hp", "protected-headers"} & payload.root.parameters.keys():
        return ()
    fields = [f for f in payload.root.fields if is_protected_name(f.name)][:_MOST]
    return tuple(ProtectedField(f.name.decode("ascii"), decode_text(unfolded(payload.octets, f))[0][:_LONGEST]) for f in fields)


def subject_of(fields: tuple[ProtectedField, ...]) -> str | None:
    """The protected Subject; None where there is none, or more than one."""
    found = [f.value for f in fields if f.name.lower() == "subject"]
    return found[0] if len(found) == 1 else None


def _payload(content: Structure) -> Structure:
    if is_clear_signed(content.root) and content.root.parts:
        return replace(content, root=content.root.parts[0])
    return content


def _is_wrapping(payload: Structure) -> bool:
    return payload.root.parameters.get("forwarded", "no").lower() == "no"
