"""Go through the layers of an incoming message: judge every signature, open one envelope, bounded in depth."""

from __future__ import annotations

from dataclasses import replace

from smime_milter.cms.compressed_data import NotExpanded
from smime_milter.mime.fields import encode_text
from smime_milter.model.inspection import Inspection, Opened, Opening
from smime_milter.model.signature import Integrity, SignatureReason, SignatureResult
from smime_milter.worker.layers import MOST_LAYERS, expanded, is_layer, type_of
from smime_milter.worker.opening import open_message
from smime_milter.worker.protected_reading import protected_of, subject_of
from smime_milter.worker.structure import Structure
from smime_milter.worker.subject_marks import without_marks
from smime_milter.worker.verification import Judge, Judgement, unjudged

_NOT_EXPANDED = {NotExpanded.LIMIT: SignatureReason.LIMIT, NotExpanded.MALFORMED: SignatureReason.MALFORMED,
                 NotExpanded.UNSUPPORTED: SignatureReason.UNSUPPORTED_ALGORITHM}


class Walk:
    """One message. Authors and ambiguity are always those of its own header section, whatever is inside."""

    def __init__(self, message: Structure, judge: Judge, *, may_open: bool) -> None:
        self._message, self._judge, self._may_open = message, judge, may_open
        self._judgements: list[Judgement] = []
        self._opening = Opening.NOT_ENCRYPTED
        self._opened: Opened | None = None

    def through(self, found: Inspection) -> Inspection:
        """`found` with what the layers say."""
        layer: Structure | None = self._message
        content = self._message
        for _ in range(MOST_LAYERS):
            content = layer or content
            layer = None if layer is None else self._step(layer)
        if layer is not None and is_layer(layer):
            self._judgements.insert(0, unjudged(SignatureReason.LIMIT))
            self._opening = Opening.LIMIT if self._opened else self._opening
            self._opened = None
        last = overall(self._judgements)
        found = self._with_protected(found, content, last)
        return replace(found, opening=self._opening, opened=self._opened, signature=last.signature, candidates=last.candidates,
                       intermediates=last.intermediates, capabilities=last.capabilities, signed_at=last.signed_at,
                       wishes=last.wishes)

    def _with_protected(self, found: Inspection, content: Structure, last: Judgement) -> Inspection:
        is_verified = last.signature is not None and last.signature.result is SignatureResult.PASS
        if self._opened is None and not is_verified:
            return found
        fields = protected_of(content)
        subject = subject_of(fields) if self._opened is not None else None
        marks = self._judge.state.start.subject_marks
        return replace(found, protected=fields,
                       protected_subject=None if subject is None else encode_text(without_marks(subject, marks).strip()))

    def _step(self, layer: Structure) -> Structure | None:
        """What is inside this layer; None if it is the content, or if nobody here can look into it."""
        match type_of(layer):
            case "enveloped-data" | "auth-enveloped-data":
                return self._open(layer)
            case "compressed-data":
                return self._expand(layer)
            case _:
                return self._verify(layer)

    def _open(self, layer: Structure) -> Structure | None:
        if self._opening is not Opening.NOT_ENCRYPTED:
            return None  # one content key for a message: what is inside a second envelope stays as it is
        if not self._may_open:
            self._opening = Opening.NOT_TRIED
            return None
        self._opening, inner, self._opened = open_message(layer, self._judge.daemon)
        return inner

    def _expand(self, layer: Structure) -> Structure | None:
        inner = expanded(layer, self._judge.state.start.message_size_limit)
        if not isinstance(inner, NotExpanded):
            return inner
        self._judgements.append(unjudged(_NOT_EXPANDED[inner]))
        return None

    def _verify(self, layer: Structure) -> Structure | None:
        judgement = self._judge.judge(layer, self._message.authors, self._message.codes)
        # Below a signed layer a signature somewhere inside is the content's own business
        if judgement.is_layer or not self._judgements:
            self._judgements.append(judgement)
        return judgement.inner


def overall(judgements: list[Judgement]) -> Judgement:
    """The outermost signature counts, for it covers everything; it does not heal one inside that is broken or beyond limits."""
    if not judgements:
        return Judgement(None)
    outermost = judgements[0]
    if outermost.signature is None or outermost.signature.result is not SignatureResult.PASS:
        return outermost
    return next((inner for inner in judgements[1:] if _spoils(inner)), outermost)


def _spoils(inner: Judgement) -> bool:
    signature = inner.signature
    return signature is not None and (signature.integrity is Integrity.BROKEN or signature.reason is SignatureReason.LIMIT)
