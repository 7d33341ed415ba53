"""The header fields that tell the reader of an inbound message what was found out about it."""

from __future__ import annotations

import re

from smime_milter.mime.fields import field
from smime_milter.model.decision import Decision
from smime_milter.model.inspection import Inspection
from smime_milter.model.message import HeaderField
from smime_milter.model.own_names import AUTHENTICATION_RESULTS, NOTICE, RESULT
from smime_milter.model.signature import Signature, SignatureReason, SignatureResult

# RFC 8601 §2.2: a property value that needs no quoting
_PVALUE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")
_COLUMNS = 74   # of one word on a line of 76
NOT_CHECKED = Signature(result=SignatureResult.TEMPERROR, reason=SignatureReason.NOT_CHECKED)
NOT_SIGNED = Signature(result=SignatureResult.NONE, reason=SignatureReason.NOT_SIGNED)


def signature_of(inspection: Inspection | None) -> Signature:
    """What may be said of the signature; a worker that did not answer is "not checked", never "none"."""
    if inspection is None:
        return NOT_CHECKED
    return inspection.signature or NOT_SIGNED


def result_fields(signature: Signature, decision: Decision, authserv_id: str) -> tuple[HeaderField, ...]:
    """In the order in which they stand at the top of the message."""
    fields = [field(AUTHENTICATION_RESULTS, f"{authserv_id}; {_method(signature)}"), field(RESULT, _axes(signature))]
    if decision.marks:
        fields.append(field(NOTICE, ", ".join(mark.value for mark in decision.marks)))
    return tuple(fields)


def _method(signature: Signature) -> str:
    # RFC 8601 §2.2 resinfo; RFC 7281 §3.2 property body.smime-identifier
    return f"smime={signature.result.value} reason=\"{signature.reason.value}\"{_identifier(signature.signer)}"


def _identifier(signer: str) -> str:
    """Left out where it cannot be written: what was found out about a mail does not depend on how long an address is."""
    if not _PVALUE.fullmatch(signer) or len(signer) > _COLUMNS:
        return ""
    name = " body.smime-identifier="
    # RFC 8601 §2.2: white space may stand before a pvalue, and so may a fold
    return name + signer if len(name + signer) <= _COLUMNS else f"{name} {signer}"


def _axes(signature: Signature) -> str:
    words = [signature.result.value, f"reason={signature.reason.value}", f"integrity={signature.integrity.value}",
             f"trust={signature.trust.value}", f"identity={signature.identity.value}"]
    if signature.certificate_class:
        words.append(f"class={signature.certificate_class}")
    return "; ".join(words)
