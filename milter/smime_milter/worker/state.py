"""What a worker keeps from one message to the next: the configuration's part, nothing of any mail."""

from __future__ import annotations

from dataclasses import dataclass

from smime_milter.certs.path import TrustAnchors
from smime_milter.model.requests import Start
from smime_milter.personal_data.weighing import Scale, scale_of


@dataclass(frozen=True, slots=True)
class WorkerState:
    start: Start
    anchors: TrustAnchors

    @property
    def scale(self) -> Scale:
        return scale_of(self.start.weights, self.start.thresholds)


def state_of(start: Start) -> WorkerState:
    return WorkerState(start, TrustAnchors(start.anchors))
