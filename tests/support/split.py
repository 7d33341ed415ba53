"""What the split tests have in common: a gateway that can split, its people, and who got what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.daemon import ROOT
from tests.support.mails import clear_signed, mail, plain
from tests.support.people import ERIKA, GUTACHTER, JONAS, KANZLEI, MAKLERIN
from tests.support.sink import Delivered
from tests.support.trial import Trial, message_id

IBAN = "DE02120300000000202051"
PERSONAL = f"Bitte buchen Sie von IBAN {IBAN} ab.\n"
EVERYBODY = (MAKLERIN, GUTACHTER, JONAS, KANZLEI)


@contextmanager
def splitting(**gateway: Any) -> Iterator[Trial]:
    """A running gateway whose way to the splitter was proven, and which knows the broker's and the lawyers' certificates."""
    prepared = Trial(splits=True, **gateway)
    fault = prepared.gateway.home / "fault"
    prepared.gateway.more_environment |= {"PYTHONPATH": f"{ROOT / 'milter'}:{ROOT}", "FAULT": str(fault)}
    with prepared as trial:
        wait_for_route(trial)
        teach(trial, MAKLERIN, KANZLEI)
        trial.sink.clear()
        yield trial


def faulty() -> dict[str, Any]:
    """Arguments for a gateway that can be told to die."""
    return {"module": "tests.support.faulty_daemon"}


def wait_for_route(trial: Trial, *, count: int = 1) -> None:
    """Until the daemon has found the way to its splitter for the time `count`."""
    for number in range(1, 100):
        records = trial.gateway.wait_for("split.route", count=number, timeout=30)
        if sum(record["SMIME_ROUTE"] == "proven" for record in records) >= count:
            return


def teach(trial: Trial, *partners: str) -> None:
    """Let these partners send a signed mail, so that they can be encrypted to."""
    before = len(trial.gateway.records("certificate.learned"))
    for partner in partners:
        signed = clear_signed(mail(partner, ERIKA, plain("Guten Tag\n")), trial.people.of(partner))
        assert trial.postfix.send(partner, ERIKA, signed, client="outside").is_accepted
    trial.gateway.wait_for("certificate.learned", count=before + len(partners))
    trial.postfix.wait_until_empty()


def copies_of(trial: Trial, octets: bytes) -> list[Delivered]:
    """Everything that left with this message's Message-ID."""
    name = message_id(octets)
    return [message for message in trial.sink.delivered if message_id(message.data) == name]


def counted(copies: list[Delivered]) -> Counter[str]:
    """How many copies each recipient got."""
    return Counter(recipient for copy in copies for recipient in copy.recipients)


def held_for(trial: Trial, octets: bytes) -> Counter[str]:
    """For how many held mails each recipient of this message waits."""
    name = message_id(octets).decode("ascii")
    rows = [row for row in trial.held().values() if row["message_id"] == name]
    return Counter(r for row in rows for r, state in zip(row["recipients"], row["states"]) if state.startswith("waiting"))
