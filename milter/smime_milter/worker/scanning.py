"""Look for personal data in an outgoing message, in every reading of it."""

from __future__ import annotations

from dataclasses import dataclass

from smime_milter.cms.smime import protection_of
from smime_milter.mime.text import Segment, segments
from smime_milter.model.ambiguity import Ambiguity
from smime_milter.model.finding import Finding, Level, Unreadable, UnreadableReason
from smime_milter.model.inspection import Protection, Wanted
from smime_milter.personal_data.scan import ScanSettings, scan
from smime_milter.personal_data.weighing import weigh
from smime_milter.worker.layers import readable_inside, type_of
from smime_milter.worker.state import WorkerState
from smime_milter.worker.structure import Structure

_OUTSIDE = frozenset({"subject", "header"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    protection: Protection
    findings: tuple[Finding, ...]
    unreadable: tuple[Unreadable, ...]
    codes: frozenset[Ambiguity]
    level: Level


def scan_message(message: Structure, wanted: Wanted, state: WorkerState) -> Scanned:
    """Findings hold spans and masks; the values never leave this call."""
    protection = protection_of(message.octets, message.root)
    found, unreadable, codes = segments(message.octets, message.root)
    if protection is Protection.ENVELOPED:  # only what stands outside the envelope can be read, by anyone
        found, unreadable = tuple(s for s in found if s.kind in _OUTSIDE), ()
    elif type_of(message) in ("signed-data", "compressed-data"):
        more, unreadable, inner_codes = _inside(message, state.start.message_size_limit)
        found, codes = tuple(s for s in found if s.kind in _OUTSIDE) + more, codes | inner_codes
    findings = scan([(s.where, s.text, s.kind) for s in found], _settings(message, wanted, state))
    return Scanned(protection=protection, findings=findings, unreadable=unreadable, codes=codes,
                   level=weigh(findings, state.scale)[0])


def _inside(message: Structure, limit: int) -> tuple[tuple[Segment, ...], tuple[Unreadable, ...], frozenset[Ambiguity]]:
    """An opaque-signed or compressed message hides nothing from anybody: what it wraps is read like any other."""
    inner = readable_inside(message, limit)
    if isinstance(inner, UnreadableReason):
        return (), (Unreadable("part 1", inner),), frozenset()
    found, unreadable, codes = segments(inner.octets, inner.root)
    return found, unreadable, codes | frozenset(inner.codes)


def _settings(message: Structure, wanted: Wanted, state: WorkerState) -> ScanSettings:
    start = state.start
    is_exempting = start.exempt_correspondents
    return ScanSettings(
        exempt=wanted.exempt + tuple(m.address.key for m in message.correspondents) if is_exempting else (),
        names=tuple(m.display for m in message.correspondents if m.display) if is_exempting else (),
        own_domains=start.own_domains, policy_numbers=start.policy_numbers,
        allow=start.allow)
