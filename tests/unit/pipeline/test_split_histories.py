"""Random histories of a split message: whatever fails whenever, each recipient gets it once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from smime_milter.model.errors import Unavailable
from smime_milter.model.outcome import HeldMail
from smime_milter.model.notice import Notice
from smime_milter.model.sealed import DeliveryOptions
from smime_milter.model.spool import Spool
from tests.support.fakes import FakeHeld, FakeReceipts, FakeSubmit
from tests.unit.pipeline.test_split import ANNA, BERT, COLLEAGUE, STRICT, Gateway

EVERYBODY = (ANNA, BERT, STRICT, COLLEAGUE, "fuchs@wwk.de")


class Killed(BaseException):
    """The process is gone: nothing behind this point happens."""


class Fate:
    """What goes wrong, by the number of the step: nothing, a failure, or death."""

    def __init__(self, plan: list[str]) -> None:
        self._plan = iter(plan)

    def at(self, point: str) -> None:
        what = next(self._plan, "go on")
        if what == "die":
            raise Killed
        if what == "fail" and not point.endswith(".after"):
            raise Unavailable(point)


class FatefulSubmit(FakeSubmit):
    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    def submit(self, sender: str, recipients: Sequence[str], raw: Spool, options: DeliveryOptions = DeliveryOptions()) -> None:
        self.fate.at("submit.before")
        super().submit(sender, recipients, raw, options)
        self.fate.at("submit.after")


class FatefulReceipts(FakeReceipts):
    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    def begin(self, keys: Sequence[str]) -> None:
        self.fate.at("begin")
        super().begin(keys)

    def finish(self, keys: Sequence[str], treatment: str) -> None:
        self.fate.at("finish")
        super().finish(keys, treatment)


class FatefulHeld(FakeHeld):
    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self.fate = fate

    def keep(self, mail: HeldMail, notices: Sequence[Notice] = ()) -> str:
        self.fate.at("keep.before")
        reference = super().keep(mail, notices)
        self.fate.at("keep.after")
        return reference


class Queue:
    """Postfix: it keeps whoever was not answered, and asks again for those."""

    def __init__(self, gateway: Gateway, recipients: tuple[str, ...]) -> None:
        self.gateway = gateway
        self.content = gateway.sealed(*recipients)
        self.waiting = list(recipients)
        self.bounced: list[str] = []

    def run(self) -> None:
        for _ in range(60):
            if self.waiting:
                self._try()
        assert not self.waiting

    def _try(self) -> None:
        given = tuple(self.waiting)
        try:
            answers = self.gateway.answers(self.content, *given)
        except (Unavailable, Killed):
            return
        self.bounced += [r for r, code in zip(given, answers) if code == "550"]
        self.waiting = [r for r, code in zip(given, answers) if code == "451"]


@given(plan=st.lists(st.sampled_from(("go on", "go on", "go on", "fail", "die")), max_size=40),
       recipients=st.sets(st.sampled_from(EVERYBODY), min_size=2).filter(lambda r: len(r - {COLLEAGUE, "fuchs@wwk.de"}) > 0))
@settings(max_examples=200, deadline=None)
def test_everybody_once_whatever_happens(plan: list[str], recipients: set[str]) -> None:
    """Failures and deaths at random steps: nobody is lost; twice only where the receipt was lost, and then it is marked."""
    gateway = Gateway()
    everybody = tuple(sorted(recipients))
    if not gateway.milter(*everybody).decision.splits:
        return
    queue = Queue(gateway, everybody)
    fate = Fate(plan)
    gateway.submit, gateway.receipts, gateway.world.held = FatefulSubmit(fate), FatefulReceipts(fate), FatefulHeld(fate)
    queue.run()
    got = Counter(r for recipients_ in gateway.sent_to() for r in recipients_)
    held = Counter(r for recipients_ in gateway.held_for() for r in recipients_)
    assert set(got) == recipients - {BERT, STRICT}
    assert held == Counter(recipients & {BERT}) and queue.bounced == sorted(recipients & {STRICT})
    again = len(gateway.sent_to()) - len(set(gateway.sent_to()))
    assert again <= gateway.events().count("copy.repeated")
    assert again <= plan.count("die")
