"""Ten thousand random lives of held mail: kills, two people at one moment, clocks, certificates; nothing lost, nothing twice.

What must hold after every step is written once, in `Ledger.check`, and never looks at how the
program does it: only at what the MTA took and what the store says.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from smime_milter.model.errors import Unavailable
from smime_milter.model.notice import Notice
from smime_milter.notices.rendering import Rendered, Texts, values_of
from smime_milter.pipeline import desk
from smime_milter.pipeline.desk import give_back_to_sender, release_original, send
from tests.support.office import COLLEAGUE, PARTNERS, SECRET, Copy, Killed, Office

WHAT = st.sampled_from(("retry", "release", "return", "discard"))
PEOPLE = (*PARTNERS, COLLEAGUE)
_HELD_WITH_SUBJECT = ("held-for-key Antrag", "held-for-person Antrag")   # what is told later speaks of no subject
_OPEN = ("waiting-for-key", "waiting-for-person")
Pair = tuple[str, str]   # a Message-ID and a recipient


@dataclass
class Ledger:
    """What was handed over, who pressed what, and which copies the dead left in doubt."""

    office: Office
    mails: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)   # by reference: Message-ID, recipients
    in_clear: set[str] = field(default_factory=set)      # Message-IDs somebody released as written
    given_up: set[str] = field(default_factory=set)      # references somebody discarded

    def receive(self, recipients: tuple[str, ...]) -> None:
        number = len(self.mails) + 1
        reference = self.office.receive(*recipients, sender=_sender(number), number=number)
        if reference:
            self.mails[reference] = (f"<{number}@wwk.de>", recipients)

    def learn(self, partner: str) -> None:
        self.office.know(partner)

    def go(self) -> None:
        self._alive(self.office.rounds.go)

    def press(self, reference: str, what: str, number: int, by: str = "anna") -> None:
        self._alive(lambda: self.pressed(reference, what, number, by))

    def pressed(self, reference: str, what: str, number: int, by: str) -> None:
        office, at_desk = self.office, self.office.desk(by)
        if what == "discard":
            office.breathe()
            if office.held.discard(reference):
                self.given_up.add(reference)
            return
        loaded = at_desk.held.load(reference)
        if loaded is None:
            return
        mail, at = loaded[0], number % len(loaded[0].recipients)
        with suppress(Unavailable):
            if what == "retry":
                send(at_desk, reference, mail, at)
            elif what == "release":
                self.in_clear.add(mail.message_id)
                release_original(at_desk, reference, mail, at, reason="weil")
            else:
                give_back_to_sender(at_desk, reference, mail, range(len(mail.recipients)))

    def meanwhile(self, act: Callable[[], None]) -> None:
        """What somebody else does while the next mail is being handed over."""
        self.office.meanwhile = act

    def _alive(self, act: Callable[[], None]) -> None:
        """Whoever is killed is started again; nobody acts while the program is dead."""
        with suppress(Killed):
            act()
        if self.office.is_dead:
            self.office.start()
        self.office.meanwhile = lambda: None

    def copies(self) -> Counter[Pair]:
        return _pairs(self.office.copies)

    def check(self) -> None:
        """Each recipient's copy is where the store says, went out at most once, and in clear only if somebody said so."""
        copies, doubtful, returned = self.copies(), _pairs(self.office.taken_by_the_dead), self._returned()
        entries = {entry.reference: entry for entry in self.office.held.list(settled=True)}
        assert entries.keys() == self.mails.keys(), "a held mail is gone"
        for reference, (name, recipients) in self.mails.items():
            for recipient, state in zip(recipients, entries[reference].states):
                sent, doubts = copies[name, recipient], doubtful[name, recipient]
                assert sent <= 1 + doubts, f"{recipient} got {sent} copies"
                if state.value in ("sent", "released"):
                    assert sent >= 1, "written down as sent, and nobody got it"
                elif state.value == "returned":
                    assert returned[name] >= 1 and sent == doubts
                elif state.value == "discarded":
                    assert reference in self.given_up and sent == doubts
                else:
                    assert state.value in _OPEN and sent == doubts
        self._check_clear()

    def _check_clear(self) -> None:
        for copy in self.office.copies:
            if SECRET in copy.raw and copy.sender and copy.recipients != (COLLEAGUE,):
                assert copy.field("Message-ID") in self.in_clear, "left in clear, and nobody released it"

    def _returned(self) -> Counter[str]:
        return Counter(copy.field("In-Reply-To") for copy in self.office.copies if copy.field("Subject") == "returned")

    def end(self) -> None:
        """When all is well again and the time has come nothing waits any more, and every sender has been told."""
        self.office.is_down, self.office.kill = False, ""
        for _ in range(12):
            self.office.later(hours=12)
            self.go()
        self.check()
        left = [e.reference for e in self.office.held.list()]
        assert left == [], "still waits after its deadline"
        assert self.office.outbox.due() == ()
        for number in range(1, len(self.mails) + 1):
            told = [c for c in self.office.copies if c.recipients == (_sender(number),) and not c.sender]
            first = [c.field("Message-ID") for c in told if c.field("Subject").startswith(_HELD_WITH_SUBJECT)]
            assert len(set(first)) == 1, f"{len(set(first))} notices that it waits"
            assert len(first) == 1 + sum(c.field("Message-ID") in first for c in self.office.taken_by_the_dead)


def _sender(number: int) -> str:
    return f"clerk{number}@wwk.de"


def _pairs(copies: list[Copy]) -> Counter[Pair]:
    return Counter((copy.field("Message-ID"), recipient) for copy in copies if copy.sender for recipient in copy.recipients)


ACTS = ("receive", "receive", "learn", "go", "go", "press", "press", "both", "kill", "down", "later", "late")


class Bare(Texts):
    """The case for a subject, and no words: they have their own tests."""

    def render(self, notice: Notice, postmaster: str) -> Rendered:
        return Rendered(f"{notice.case} {notice.subject}".strip(), values_of(notice).NAME)


BARE = Bare(None)


@pytest.fixture(autouse=True)
def _bare_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Building a mail takes longer than everything else together, and has its own tests."""
    monkeypatch.setattr(desk, "build", bare_mail)


def bare_mail(notice: Notice, rendered: Rendered, **ignored: object) -> bytes:
    unique = hashlib.sha256(f"{notice.reference} {notice.case} {notice.to} {notice.values}".encode()).hexdigest()
    fields = ("Subject", rendered.subject), ("Message-ID", f"<{unique}@wwk.de>"), ("In-Reply-To", notice.in_reply_to)
    return "".join(f"{name}: {value}\r\n" for name, value in fields).encode() + b"\r\n"


def new_ledger(is_quick: bool) -> Ledger:
    return Ledger(Office(is_quick=is_quick, texts=BARE))


def one_history(chance: random.Random, steps: int, *, is_quick: bool) -> None:
    ledger = new_ledger(is_quick)
    ledger.receive(_some(chance))
    for _ in range(steps):
        step(ledger, chance)
    ledger.check()
    ledger.end()


def step(ledger: Ledger, chance: random.Random) -> None:
    office = ledger.office
    match chance.choice(ACTS):
        case "receive":
            ledger.receive(_some(chance)) if len(ledger.mails) < 5 else None
        case "learn":
            ledger.learn(chance.choice(PARTNERS))
        case "go":
            ledger.go()
        case "press":
            ledger.press(*_what(ledger, chance))
        case "both":
            other = _what(ledger, chance)
            ledger.meanwhile(lambda: ledger.pressed(*other, "bert"))
            ledger.press(*_what(ledger, chance))
        case "kill":
            office.kill = chance.choice(("before", "after"))
            ledger.go() if chance.random() < 0.5 else ledger.press(*_what(ledger, chance))
            office.kill = ""
        case "down":
            office.is_down = not office.is_down
        case "later":
            office.later(minutes=chance.choice((1, 5, 11, 60)))
        case "late":
            office.later(hours=chance.choice((6, 30)))


def _some(chance: random.Random) -> tuple[str, ...]:
    return tuple(chance.sample(PEOPLE, chance.choice((1, 1, 2, 3))))


def _what(ledger: Ledger, chance: random.Random) -> tuple[str, str, int]:
    reference = chance.choice(sorted(ledger.mails)) if ledger.mails else ""
    return reference, chance.choice(("retry", "retry", "release", "return", "discard")), chance.randrange(3)


@pytest.mark.parametrize("seed", range(2))
def test_random_histories(seed: int) -> None:
    """Lives of up to twenty steps with the store's fakes, which keep the same promises (tests/contracts)."""
    chance = random.Random(seed)
    for _ in range(200):
        one_history(chance, chance.randrange(20), is_quick=True)


def test_random_histories_in_the_store() -> None:
    """The same with the real store in memory."""
    chance = random.Random(3)
    for _ in range(10):
        one_history(chance, chance.randrange(20), is_quick=False)


@pytest.mark.server
@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_histories(seed: int) -> None:
    """Among the tests with servers, for it takes as long as they do."""
    chance = random.Random(100 + seed)
    for _ in range(985):
        one_history(chance, chance.randrange(25), is_quick=True)
    for _ in range(15):
        one_history(chance, chance.randrange(15), is_quick=False)


class HeldMachine(RuleBasedStateMachine):
    """The same steps chosen by hypothesis, which finds the shortest history that goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = new_ledger(is_quick=True)

    @precondition(lambda self: bool(len(self.ledger.mails) < 4))
    @rule(recipients=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    def receive(self, recipients: list[str]) -> None:
        self.ledger.receive(tuple(recipients))

    @rule(partner=st.sampled_from(PARTNERS))
    def learn(self, partner: str) -> None:
        self.ledger.learn(partner)

    @rule(kill=st.sampled_from(("", "before", "after")))
    def go(self, kill: str) -> None:
        self.ledger.office.kill = kill
        self.ledger.go()
        self.ledger.office.kill = ""

    @precondition(lambda self: bool(self.ledger.mails))
    @rule(which=st.integers(0, 3), what=WHAT, other=st.none() | WHAT, number=st.integers(0, 2),
          kill=st.sampled_from(("", "before", "after")))
    def press(self, which: int, what: str, other: str | None, number: int, kill: str) -> None:
        reference = sorted(self.ledger.mails)[which % len(self.ledger.mails)]
        if other is not None:
            self.ledger.meanwhile(partial(self.ledger.pressed, reference, other, number, "bert"))
        self.ledger.office.kill = kill
        self.ledger.press(reference, what, number)
        self.ledger.office.kill = ""

    @rule(minutes=st.sampled_from((1, 11, 60, 1800)))
    def later(self, minutes: int) -> None:
        self.ledger.office.later(minutes=minutes)

    @rule()
    def break_down(self) -> None:
        self.ledger.office.is_down = not self.ledger.office.is_down

    @invariant()
    def holds(self) -> None:
        self.ledger.check()

    def teardown(self) -> None:
        self.ledger.end()


@pytest.mark.usefixtures("_bare_mails")
def test_hypothesis_finds_no_history_that_goes_wrong() -> None:
    """Nothing is lost, nothing is sent twice, nothing leaves in clear, whatever happens in whatever order."""
    run: Any = run_state_machine_as_test
    run(HeldMachine, settings=settings(
        max_examples=60, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)))
