"""The five steps together, over fakes of every port."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.certs.reading import read
from smime_milter.mime.message_file import split_message
from smime_milter.model.decision import Reason, Treatment
from smime_milter.model.errors import Unavailable
from smime_milter.model.finding import Level
from smime_milter.model.inspection import Direction, Inspection
from smime_milter.model.outcome import EditPlan, HeldMail
from smime_milter.model.reply import Verdict
from smime_milter.model.settings import MilterSettings, Mode, Oversize, Partner, Settings
from smime_milter.model.spool import Spool
from smime_milter.pipeline import process, process_oversize, process_unchecked
from smime_milter.pipeline.retry import envelope_of, retry
from tests.support.facts import CLERK as AUTHOR
from tests.support.facts import NOW, SETTINGS, envelope, inspection, outbound
from tests.support.fake_tools import FakeInspector, World
from tests.support.fakes import FakeSubmit
from tests.support.fakes_keys import keys_holding
from tests.support.pki import Authority

ANNA, BERT, CLERK = "anna@makler.example", "bert@kanzlei.example", "clerk@wwk.de"
MESSAGE = split_message(b"From: clerk@wwk.de\r\nTo: anna@makler.example\r\nContent-Type: text/plain\r\n\r\nText\r\n")
AUTHORITY = Authority()


def world(level: Level = Level.NONE, *certified: str, visible: tuple[str, ...] = (ANNA,)) -> World:
    there = World(inspector=FakeInspector(inspection(level=level, authors=(AUTHOR,), visible=visible)),
                  keys=keys_holding(**{CLERK: AUTHORITY.issue(CLERK)}))
    for address in certified:
        certificate = read(AUTHORITY.issue(address).der)
        assert certificate is not None
        there.certificates.hold(certificate, address, usable_from=NOW)
    return there


def test_with_a_certificate_it_leaves_encrypted() -> None:
    """One order to the worker, one plan, 250."""
    there = world(Level.PERSONAL, ANNA)
    outcome = process(SETTINGS, envelope(ANNA), MESSAGE, there.tools())
    assert outcome.decision.treatment is Treatment.ENCRYPTED and outcome.reply.verdict is Verdict.ACCEPT
    assert len(there.inspector.ordered) == 1 and outcome.plan.body is not None
    assert there.journal.entries == [] and there.held.kept == {}, "nothing lasting happens before the outcome is carried out"


def test_without_one_it_is_held() -> None:
    """Nothing leaves, and the worker makes nothing."""
    there = world(Level.PERSONAL)
    outcome = process(SETTINGS, envelope(ANNA), MESSAGE, there.tools())
    assert outcome.held is not None and outcome.plan == EditPlan() and there.inspector.ordered == []


def test_clean_mail_leaves_signed() -> None:
    """R5: with our signature."""
    there = world()
    outcome = process(SETTINGS, envelope(ANNA), MESSAGE, there.tools())
    assert outcome.decision.treatment is Treatment.SIGNED and there.inspector.ordered[0][1] is not None


@pytest.mark.parametrize("unsigned", [ANNA, "makler.example"])
@pytest.mark.parametrize("recipients", [(ANNA,), (ANNA, BERT)])
def test_a_partner_who_takes_no_signatures(unsigned: str, recipients: tuple[str, ...]) -> None:
    """With `sign: false` for one recipient, clean mail goes as it came instead of being signed by nobody."""
    there = world()
    settings = replace(SETTINGS, partners={unsigned: Partner(sign=False)})
    outcome = process(settings, envelope(*recipients), MESSAGE, there.tools())
    assert (outcome.decision.treatment, outcome.decision.reason) == (Treatment.UNCHANGED, Reason.SIGNING_OFF)
    assert there.inspector.ordered == [] and outcome.reply.verdict is Verdict.ACCEPT


def test_outbound_without_a_worker_waits() -> None:
    """Neither the look nor the work may be missing."""
    there = World(inspector=FakeInspector(Unavailable("worker")))
    with pytest.raises(Unavailable):
        process(SETTINGS, envelope(ANNA), MESSAGE, there.tools())
    there = world(Level.PERSONAL, ANNA)
    there.inspector.build_fails = True
    with pytest.raises(Unavailable):
        process(SETTINGS, envelope(ANNA), MESSAGE, there.tools())


def test_unchecked() -> None:
    """Nobody could look: outbound waits with 451, inbound passes marked, internal passes."""
    there = World(inspector=FakeInspector(AssertionError("asked")))

    def of(recipient: str, client: str) -> Verdict:
        return process_unchecked(SETTINGS, envelope(recipient, client=client), MESSAGE, there.tools()).reply.verdict
    assert of(ANNA, "127.0.0.1") is Verdict.TEMPFAIL
    assert of(CLERK, "192.0.2.1") is Verdict.ACCEPT and of(CLERK, "127.0.0.1") is Verdict.ACCEPT
    plan = process_unchecked(SETTINGS, envelope(CLERK, client="192.0.2.1"), MESSAGE, there.tools()).plan
    assert b"smime=temperror" in plan.prepend[0].value


@pytest.mark.parametrize(("oversize", "verdict"), [
    (Oversize.TEMPFAIL, Verdict.TEMPFAIL), (Oversize.REFUSE, Verdict.REJECT), (Oversize.HOLD, Verdict.TAKE)])
@pytest.mark.parametrize("client", ["127.0.0.1", "192.0.2.1"])
def test_oversize(client: str, oversize: Oversize, verdict: Verdict) -> None:
    """The setting decides, nobody looks inside."""
    settings = replace(SETTINGS, milter=MilterSettings(oversize=oversize))
    there = World(inspector=FakeInspector(AssertionError("asked")))
    recipient = CLERK if client == "192.0.2.1" else ANNA
    outcome = process_oversize(settings, envelope(recipient, client=client), MESSAGE, there.tools())
    assert outcome.reply.verdict is verdict and outcome.decision.reason is Reason.TOO_LARGE
    assert (outcome.held is not None) is (verdict is Verdict.TAKE)


def test_observe_keeps_no_mail_back_for_its_size() -> None:
    """In the first week nothing of ours on its way out is changed or kept, large mail included."""
    settings = replace(outbound(mode=Mode.OBSERVE), milter=MilterSettings(oversize=Oversize.REFUSE))
    outcome = process_oversize(settings, envelope(ANNA), MESSAGE, World().tools())
    assert outcome.reply.verdict is Verdict.ACCEPT and outcome.plan.is_empty
    inbound = process_oversize(settings, envelope(CLERK, client="192.0.2.1"), MESSAGE, World().tools())
    assert inbound.reply.verdict is Verdict.REJECT


def test_a_sender_outside_the_grammar_is_no_null_sender() -> None:
    """R1: an envelope sender we cannot read is not one of ours; the null sender of a notice is fine."""
    there = world()
    assert process(SETTINGS, envelope(ANNA, sender="clerk"), MESSAGE, there.tools()).decision.reason is Reason.FOREIGN_SENDER
    assert process(SETTINGS, envelope(ANNA, sender=""), MESSAGE, there.tools()).decision.reason is not Reason.FOREIGN_SENDER


# Retry


def mail(*recipients: str, client: str = "127.0.0.1") -> HeldMail:
    raw = Spool.of(bytes(MESSAGE.raw.octets()[:]))
    return HeldMail(key="k", sender=CLERK, recipients=recipients, reason=Reason.NO_CERTIFICATE, raw=raw, message_id="",
                    findings="", received_at=NOW, client=client)


def test_a_retry_is_for_one_recipient_alone() -> None:
    """The others are no reason to wait any more; what leaves is what was decided."""
    there, submit = world(Level.PERSONAL, ANNA, visible=(ANNA, BERT)), FakeSubmit()
    outcome = retry(SETTINGS, mail(ANNA, BERT), 0, tools=there.tools(), submit=submit)
    assert outcome.decision.treatment is Treatment.ENCRYPTED
    ((sender, recipients, octets),) = submit.sent
    assert (sender, recipients) == (CLERK, (ANNA,)) and octets.endswith(b"\r\n\r\nbuilt body\r\n")
    again = retry(SETTINGS, mail(ANNA, BERT), 1, tools=there.tools(), submit=submit)
    assert again.decision.treatment is Treatment.HELD and len(submit.sent) == 1


def test_a_retry_that_cannot_be_handed_over_is_told() -> None:
    """An MTA that does not take it raises: the caller leaves the mail waiting."""
    there, submit = world(Level.PERSONAL, ANNA), FakeSubmit()
    submit.is_down = True
    with pytest.raises(Unavailable):
        retry(SETTINGS, mail(ANNA), 0, tools=there.tools(), submit=submit)


def test_the_envelope_of_a_retry() -> None:
    """The original sender and client, one recipient, submitted from inside whatever our networks are now."""
    made = envelope_of(mail(ANNA, BERT, client="10.0.0.1"), 1)
    assert ([r.given for r in made.recipients], made.sender_given, made.client.address) == ([BERT], CLERK, "10.0.0.1")
    there = world()
    settings: Settings = replace(SETTINGS, organisation=replace(SETTINGS.organisation, networks=()))
    outcome = process(settings, made, MESSAGE, there.tools())
    assert outcome.facts.direction is Direction.OUTBOUND
    assert isinstance(outcome.facts.inspection, Inspection)
