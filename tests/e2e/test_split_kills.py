"""SIGKILL at every named point of the way of a split message: each recipient gets it exactly once."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.mails import mail, plain
from tests.support.people import ERIKA, GUTACHTER, JONAS, MAKLERIN
from tests.support.smtp_client import Transcript
from tests.support.split import IBAN, PERSONAL, copies_of, counted, faulty, held_for, splitting, wait_for_route
from tests.support.trial import Trial

pytestmark = pytest.mark.server
THREE = (MAKLERIN, GUTACHTER, JONAS)   # encrypted, held, as it was
# The copies are made one after the other; the numbers count how often a point is passed.
POINTS = (
    "seal.before 1", "seal.after 1",
    "begin.before 1", "begin.after 1", "submit.before 1", "submit.after 1", "finish.before 1", "finish.after 1",
    "keep.before 1", "keep.after 1", "finish.before 2", "finish.after 2",
    "begin.before 2", "begin.after 2", "submit.before 2", "submit.after 2", "finish.before 3", "finish.after 3",
    "answer.before 1", "answer.after 2",
)
# Between acceptance and receipt nobody can know: this one copy may come twice, and is marked.
MAY_REPEAT = ("submit.after", "finish.before")
REPEATS = int(os.environ.get("SPLIT_KILLS", "1"))


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with splitting(**faulty()) as running:
        yield running


@pytest.mark.parametrize("point", POINTS * REPEATS)
def test_killed_here_everybody_gets_it_once(trial: Trial, point: str) -> None:
    """Encrypted, held and clear copy, the daemon killed at this point and started again: one of each, none in clear outside."""
    (trial.gateway.home / "fault").write_text(point, encoding="ascii")
    octets = mail(ERIKA, list(THREE), plain(PERSONAL))
    repeated = len(trial.gateway.records("copy.repeated"))
    replies = given(trial, octets)
    wait_for_death(trial)
    restart(trial)
    if not replies.is_accepted:
        assert point.startswith("seal") and 400 <= replies.code < 500
        replies = given(trial, octets)
    assert replies.is_accepted
    trial.postfix.flush()
    trial.postfix.wait_until_empty(30)
    copies = copies_of(trial, octets)
    marked = len(trial.gateway.records("copy.repeated")) - repeated
    assert twice(counted(copies), MAKLERIN, JONAS) <= (marked if point.startswith(MAY_REPEAT) else 0)
    assert held_for(trial, octets) == {GUTACHTER: 1}
    assert {r for copy in copies if IBAN.encode() in copy.data for r in copy.recipients} == {JONAS}


def given(trial: Trial, octets: bytes) -> Transcript:
    return trial.postfix.send(ERIKA, list(THREE), octets)


def wait_for_death(trial: Trial) -> None:
    until = time.monotonic() + 20
    while trial.gateway.is_running:
        assert time.monotonic() < until, "the point was never reached"
        time.sleep(0.02)


def restart(trial: Trial) -> None:
    proven = sum(r["SMIME_ROUTE"] == "proven" for r in trial.gateway.records("split.route"))
    trial.gateway.start()
    wait_for_route(trial, count=proven + 1)


def twice(copies: Counter[str], *recipients: str) -> int:
    """How many of these got it a second time; everybody got it, and nobody else did."""
    assert set(copies) == set(recipients)
    return sum(copies.values()) - len(recipients)
