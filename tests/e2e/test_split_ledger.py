"""Hundreds of mails to random recipients through Postfix: a ledger of every (mail, recipient) pair comes out even."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.support.mails import mail, plain
from tests.support.opened import decrypted
from tests.support.people import ERIKA, GUTACHTER, JONAS, KANZLEI, MAKLERIN
from tests.support.sink import Delivered
from tests.support.split import IBAN, splitting
from tests.support.trial import Trial, message_id

pytestmark = pytest.mark.server
MAILS = int(os.environ.get("SPLIT_MAILS", "240"))
CERTIFIED = (MAKLERIN, KANZLEI)
WITHOUT = (GUTACHTER, "praxis@arzt.example", "werkstatt@auto.example")
STRICT = ("streng@strikt.example",)
INSIDE = (JONAS, "lena.fuchs@wwk.de")
EVERYBODY = CERTIFIED + WITHOUT + STRICT + INSIDE


@dataclass(frozen=True)
class Mail:
    number: int
    recipients: tuple[str, ...]
    is_personal: bool
    octets: bytes

    @property
    def mark(self) -> bytes:
        """Words of the body that no reader but the right one may see."""
        return b"Vorgang %05d Ende" % self.number

    def expected(self, recipient: str) -> str:
        if recipient in INSIDE:
            return "clear"
        if recipient in CERTIFIED:
            return "encrypted"
        return "clear" if not self.is_personal else "refused" if recipient in STRICT else "held"


def made(number: int, chance: random.Random) -> Mail:
    recipients = tuple(chance.sample(EVERYBODY, chance.randint(1, len(EVERYBODY))))
    visible = [r for r in recipients if chance.random() > 0.2] or [recipients[0]]
    is_personal = chance.random() < 0.6
    text = f"Vorgang {number:05d} Ende\n" + (f"IBAN {IBAN}\n" if is_personal else "")
    return Mail(number, recipients, is_personal, mail(ERIKA, visible, plain(text), message_id=f"ledger-{number}@wwk.de"))


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with splitting(more="partners: {strikt.example: {without_certificate: refuse}}") as running:
        yield running


@pytest.fixture(scope="module")
def mails(trial: Trial) -> list[Mail]:
    """All sent, by four clients at a time, and everything done that follows."""
    chance = random.Random(20261125)
    sent = [made(number, chance) for number in range(MAILS)]
    with ThreadPoolExecutor(4) as clients:
        replies = list(clients.map(lambda one: trial.postfix.send(ERIKA, list(one.recipients), one.octets), sent))
    for one, reply in zip(sent, replies):
        is_refused = {one.expected(r) for r in one.recipients} == {"refused"}
        assert reply.code == (550 if is_refused else 250), reply.text
    trial.postfix.wait_until_empty(max(120, MAILS))
    return [one for one, reply in zip(sent, replies) if reply.is_accepted]


@pytest.fixture(scope="module")
def arrived(trial: Trial, mails: list[Mail]) -> dict[tuple[int, str], list[Delivered]]:
    """What the sink got, by mail and recipient."""
    found: dict[tuple[int, str], list[Delivered]] = {}
    for message in trial.sink.delivered:
        number = re.fullmatch(rb"<ledger-(\d+)@wwk\.de>", message_id(message.data))
        for recipient in message.recipients if number else ():
            assert number is not None
            found.setdefault((int(number[1]), recipient), []).append(message)
    return found


def test_nothing_lost_nothing_twice(trial: Trial, mails: list[Mail], arrived: dict[tuple[int, str], list[Delivered]]) -> None:
    """Every recipient of every mail got it once, or it waits for them once, or the sender was told once."""
    due = {(one.number, r): one.expected(r) for one in mails for r in one.recipients}
    assert {pair: len(got) for pair, got in arrived.items()} == {
        pair: 1 for pair, how in due.items() if how in ("clear", "encrypted")}
    held = Counter((int(re.findall(r"\d+", row["message_id"])[0]), r) for row in trial.held().values() for r in row["recipients"])
    assert held == {pair: 1 for pair, how in due.items() if how == "held"}
    notices = [message.data for message in trial.sink.delivered if message.sender == ""]
    told = Counter(int(n) for data in notices for n in re.findall(rb"Message-ID: <ledger-(\d+)@", data)[:1])
    assert told == {number: 1 for (number, _), how in due.items() if how == "refused"}


def test_nothing_in_clear_that_must_not_be(mails: list[Mail], arrived: dict[tuple[int, str], list[Delivered]]) -> None:
    """What was to be encrypted shows none of its words, and everybody else can read theirs."""
    for one in mails:
        for recipient in one.recipients:
            for copy in arrived.get((one.number, recipient), []):
                is_encrypted = one.expected(recipient) == "encrypted"
                assert (one.mark in copy.data) is not is_encrypted
                assert not (is_encrypted or recipient not in INSIDE) or IBAN.encode() not in copy.data


def test_hidden_recipients_share_no_envelope(mails: list[Mail], arrived: dict[tuple[int, str], list[Delivered]]) -> None:
    """An encrypted copy to several is one to visible recipients only."""
    for one in mails:
        visible = re.findall(rb"[\w.]+@[\w.]+", one.octets.partition(b"\r\nTo:")[2].partition(b"\r\n")[0])
        for recipient in set(one.recipients) & set(CERTIFIED):
            (copy,) = arrived[one.number, recipient]
            assert len(copy.recipients) == 1 or all(r.encode() in visible for r in copy.recipients)


def test_the_right_one_can_open_it(trial: Trial, mails: list[Mail], arrived: dict[tuple[int, str], list[Delivered]]) -> None:
    """A sample of the encrypted copies, opened by openssl with the recipient's own key."""
    pairs = [(one, r) for one in mails for r in one.recipients if r in CERTIFIED]
    for one, recipient in random.Random(1).sample(pairs, min(20, len(pairs))):
        assert one.mark in decrypted(arrived[one.number, recipient][0].data, trial.people.of(recipient))
