"""Find out everything about one message that the policy may want to know."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from smime_milter.cms.smime import protection_of
from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.inspection import Inspection, Opening
from smime_milter.model.requests import InspectRequest
from smime_milter.worker.asks import Daemon
from smime_milter.worker.misleading_name import is_misleading
from smime_milter.worker.own_fields import forged_fields
from smime_milter.worker.recognition import recognise_method
from smime_milter.worker.scanning import scan_message
from smime_milter.worker.state import WorkerState
from smime_milter.worker.structure import Structure, structure_of
from smime_milter.worker.subject_marks import cleaned_subject
from smime_milter.worker.verification import Judge
from smime_milter.worker.walking import Walk


def inspect(request: InspectRequest, state: WorkerState, daemon: Daemon) -> Inspection:
    message = structure_of(request.raw.octets())
    found = Inspection(authors=message.authors, visible=message.visible, message_id=message.message_id,
                       ambiguities=message.codes, is_automatic=message.is_automatic)
    if request.wanted.scan:
        found = _scanned(found, message, request, state)
    if request.wanted.verify:
        found = _verified(found, message, request, state=state, daemon=daemon)
    return found


def _scanned(found: Inspection, message: Structure, request: InspectRequest, state: WorkerState) -> Inspection:
    scanned = scan_message(message, request.wanted, state)
    codes = set(found.ambiguities) | scanned.codes - {Ambiguity.RAW_8BIT_HEADER, Ambiguity.NON_EMPTY_MARGIN}
    return replace(found, protection=scanned.protection, findings=scanned.findings, unreadable=scanned.unreadable,
                   level=scanned.level, ambiguities=tuple(sorted(codes, key=_number)))


def _number(code: Ambiguity) -> int:
    return int(code.value)


def _verified(found: Inspection, message: Structure, request: InspectRequest, *, state: WorkerState,
              daemon: Daemon) -> Inspection:
    own = state.start.own_domains
    protection = protection_of(message.octets, message.root)
    found = replace(
        found, protection=protection, clean_subject=cleaned_subject(message.octets, message.root, state.start.subject_marks),
        forged_fields=forged_fields(request.raw.octets(), request.field_ends, request.authserv_id, own))
    found = replace(found, has_misleading_name=is_misleading(message.writers, own, state.start.subject_marks))
    judge = Judge(state, daemon, datetime.fromtimestamp(request.wanted.at, timezone.utc))
    found = Walk(message, judge, may_open=request.wanted.decrypt).through(found)
    if found.opening is not Opening.NOT_ENCRYPTED:
        return found
    method, score = recognise_method(message)
    return replace(found, method=method, method_score=score)
