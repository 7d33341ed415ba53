"""The ports one message is processed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smime_milter.model.notice import Notice
from smime_milter.model.revocation import RevocationState, StatusQuestion, Wish
from smime_milter.ports import (
    CertificateSource, CertificateStore, Clock, HeldStore, Inspector, Journal, Keys, Posting, Route, Sealer)


class NoPost:
    """Implement `ports.Posting` for a run that tells nobody."""

    def post(self, notices: Sequence[Notice]) -> None:
        return

    def mark(self, message_id: str) -> str:
        return ""


def nobody_listens() -> None:
    return


def nobody_fetches(wishes: Sequence[Wish], intermediates: Sequence[bytes]) -> None:
    return


def nothing_known(questions: Sequence[StatusQuestion]) -> Sequence[RevocationState]:
    return [RevocationState.UNKNOWN for _ in questions]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """`new_trace` gives our own reference for a message: 8 characters, readable on the telephone.

    `wake` says that there is something to send: held mail, a notice, a certificate that others wait for.
    Without `sealer` and `route` no message is split. `states` is what is known of revocation, `wish` asks for what is not.
    """

    clock: Clock
    inspector: Inspector
    certificates: CertificateSource
    keys: Keys
    held: HeldStore
    learned: CertificateStore
    journal: Journal
    new_trace: Callable[[], str]
    outbox: Posting = NoPost()
    wake: Callable[[], None] = nobody_listens
    sealer: Sealer | None = None
    route: Route | None = None
    states: Callable[[Sequence[StatusQuestion]], Sequence[RevocationState]] = nothing_known
    wish: Callable[[Sequence[Wish], Sequence[bytes]], None] = nobody_fetches
