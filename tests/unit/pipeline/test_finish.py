"""Doing what an outcome says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from smime_milter.certs.reading import read
from smime_milter.certs.working_days import usable_from
from smime_milter.mime.message_file import split_message
from smime_milter.model.decision import Decision, Reason
from smime_milter.model.errors import Unavailable
from smime_milter.model.outcome import HeldMail, Lesson, Outcome, Priority
from smime_milter.model.reply import ACCEPT, TAKE
from smime_milter.model.revocation import SourceKind, Wish
from smime_milter.model.spool import Spool
from smime_milter.pipeline.entries import decision_entries
from smime_milter.pipeline.finish import keep, write_down
from smime_milter.policy.decide import decide
from tests.support.facts import NOW, SETTINGS, facts, inspection
from tests.support.fake_tools import World
from tests.support.pki import Authority

ALICE = "alice@makler.example"
AT = datetime(2026, 11, 24, tzinfo=timezone.utc)


def outcome(**more: Any) -> Outcome:
    given = facts(ALICE, found=inspection())
    decision = Decision(recipients=())
    return replace(Outcome(facts=given, message=split_message(b"\r\n"), decision=decision, reply=ACCEPT), **more)


def held() -> HeldMail:
    return HeldMail(key="k", sender="a@wwk.de", recipients=(ALICE,), reason=Reason.NO_CERTIFICATE, raw=Spool.of(b"x"),
                    message_id="", findings="", received_at=AT)


def lesson() -> Lesson:
    certificate = read(Authority().issue(ALICE).der)
    assert certificate is not None
    return Lesson(certificate=certificate, address=ALICE, message_id="<1@x>")


def test_held_mail_is_kept_and_named() -> None:
    """The reference comes back; mail that passes leaves nothing behind."""
    there = World()
    reference = keep(outcome(held=held(), reply=TAKE), there.tools())
    assert there.held.kept[reference].sender == "a@wwk.de"
    assert keep(outcome(), there.tools()) == "" and len(there.held.kept) == 1


def test_a_store_that_is_down_is_told() -> None:
    """Held mail that was not stored must not hear 250."""
    there = World()
    there.held.is_down = True
    with pytest.raises(Unavailable):
        keep(outcome(held=held()), there.tools())


def test_the_reference_stands_in_every_record() -> None:
    """Text and field, so that a person finds the mail again."""
    there = World()
    given = facts(ALICE, "b@c.example", found=inspection())
    entries = decision_entries(given, decide(SETTINGS, given), "TRACE")
    write_down(SETTINGS, outcome(entries=entries), there.tools(), reference="7FK39QWB")
    assert [entry.fields["HELD"] for entry in there.journal.entries] == ["7FK39QWB"] * 2
    assert all(entry.text.endswith("kept as 7FK39QWB") for entry in there.journal.entries)
    write_down(SETTINGS, outcome(entries=entries), there.tools(), reference="")
    assert there.journal.entries[2:] == list(entries)


def test_a_lesson_is_learned_for_the_next_working_day() -> None:
    """The store has it, the journal names fingerprint, rule and the day it may be used."""
    there, taught = World(), lesson()
    write_down(SETTINGS, outcome(lessons=(taught,)), there.tools(), reference="")
    (entry,) = there.journal.entries
    assert there.certificates.lessons == [taught] and entry.event.value == "certificate.learned"
    assert entry.fields["CERT_SHA256"] == taught.certificate.sha256 and entry.priority is Priority.NOTABLE
    assert entry.fields["USABLE_FROM"] == usable_from(NOW, SETTINGS.certificates).isoformat()
    assert entry.addresses == {"ADDRESS": ALICE}


def test_a_certificate_we_have_is_no_news() -> None:
    """Every further mail of a partner teaches nothing, and says nothing."""
    there, taught = World(), lesson()
    for _ in range(2):
        write_down(SETTINGS, outcome(lessons=(taught,)), there.tools(), reference="")
    assert there.events() == ["certificate.learned"]


def test_a_lesson_costs_no_mail() -> None:
    """A store out of reach is written down, and nothing else happens."""
    there = World()
    there.certificates.is_down = True
    write_down(SETTINGS, outcome(lessons=(lesson(),)), there.tools(), reference="")
    (entry,) = there.journal.entries
    assert (entry.event.value, entry.fields["RULE"]) == ("certificate.not-learned", "store-unavailable")


def test_what_is_not_known_of_a_signer_is_wished_for() -> None:
    """After the mail, with the intermediates of its path; a store that is out of reach costs the wish alone."""
    wish = Wish(kind=SourceKind.CRL, url="http://ca.example/a.crl", issuer="ab")
    given: list[tuple[object, object]] = []

    def refuse(wishes: Sequence[Wish], intermediates: Sequence[bytes]) -> None:
        given.append((tuple(wishes), tuple(intermediates)))
        raise Unavailable("store")
    given_facts = facts(ALICE, found=inspection(wishes=(wish,), intermediates=(b"ca",)))
    write_down(SETTINGS, outcome(facts=given_facts), replace(World().tools(), wish=refuse), reference="")
    assert given == [((wish,), (b"ca",))]
