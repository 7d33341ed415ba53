"""One message, several recipients, through a real Postfix: each gets what is right for them, once."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator

import pytest

from tests.support.mails import attachment, mail, multipart, plain
from tests.support.openssl import Disagrees
from tests.support.opened import decrypted, leaves, read, verified
from tests.support.people import ERIKA, GUTACHTER, JONAS, KANZLEI, MAKLERIN, NOTARIAT
from tests.support.sink import Delivered
from tests.support.split import EVERYBODY, IBAN, PERSONAL, copies_of, counted, held_for, splitting, wait_for_route
from tests.support.trial import Trial

pytestmark = pytest.mark.server
STRICT = "streng@strikt.example"     # a partner with whom nothing is held
MORE = "partners: {strikt.example: {without_certificate: refuse}}"


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with splitting(more=MORE) as running:
        yield running
        assert running.gateway.noise == "", "the daemon printed something that is no record"


def sent(trial: Trial, octets: bytes, recipients: tuple[str, ...]) -> bytes:
    assert trial.postfix.send(ERIKA, list(recipients), octets).is_accepted
    trial.postfix.wait_until_empty()
    return octets


def to(copies: list[Delivered], recipient: str) -> bytes:
    (data,) = [copy.data for copy in copies if recipient in copy.recipients]
    return data


def texts(entity: bytes) -> list[str | bytes]:
    return [leaf.content for leaf in leaves(entity) if leaf.media_type == "text/plain"]


def close_submit_port(trial: Trial) -> None:
    trial.gateway.submit_port = 1
    trial.gateway.configure()
    trial.gateway.reload()


def open_submit_port(trial: Trial) -> None:
    """From the next reload or start on."""
    trial.gateway.submit_port = trial.postfix.behind
    trial.gateway.configure()


def test_clean_mail_reaches_each_as_it_should(trial: Trial) -> None:
    """Encrypted to the broker, signed to the expert without certificate, as it was to the colleague, hidden for the lawyers."""
    octets = sent(trial, mail(ERIKA, [MAKLERIN, GUTACHTER, JONAS], plain("Bis morgen\n")), EVERYBODY)
    copies = copies_of(trial, octets)
    assert counted(copies) == dict.fromkeys(EVERYBODY, 1)
    root = trial.people.authority.root_pem
    for partner in (MAKLERIN, KANZLEI):
        assert texts(verified(decrypted(to(copies, partner), trial.people.of(partner)), root)) == ["Bis morgen"]
    assert texts(verified(to(copies, GUTACHTER), root)) == ["Bis morgen"]
    assert to(copies, JONAS).partition(b"\r\n\r\n")[2] == octets.partition(b"\r\n\r\n")[2]


def test_personal_data_is_encrypted_held_or_stays_inside(trial: Trial) -> None:
    """The broker has it encrypted, the colleague in clear, the expert without certificate not at all: it is held for him."""
    octets = sent(trial, mail(ERIKA, [MAKLERIN, GUTACHTER, JONAS], plain(PERSONAL)), EVERYBODY)
    copies = copies_of(trial, octets)
    assert counted(copies) == {MAKLERIN: 1, JONAS: 1, KANZLEI: 1}
    assert held_for(trial, octets) == {GUTACHTER: 1}
    assert {r for copy in copies if IBAN.encode() in copy.data for r in copy.recipients} == {JONAS}


def test_hidden_recipient_is_in_nobody_elses_copy(trial: Trial) -> None:
    """Bcc: the visible recipient's CMS has one RecipientInfo, and the hidden one's address stands in no other copy."""
    octets = sent(trial, mail(ERIKA, MAKLERIN, plain(PERSONAL)), (MAKLERIN, KANZLEI))
    copies = copies_of(trial, octets)
    assert [copy.recipients for copy in copies] in ([(MAKLERIN,), (KANZLEI,)], [(KANZLEI,), (MAKLERIN,)])
    assert KANZLEI.encode() not in to(copies, MAKLERIN)
    for partner in (MAKLERIN, KANZLEI):
        inside = verified(decrypted(to(copies, partner), trial.people.of(partner)), trial.people.authority.root_pem)
        assert texts(inside) == [PERSONAL.strip()]
        assert KANZLEI.encode() not in inside
    with pytest.raises(Disagrees):
        decrypted(to(copies, MAKLERIN), trial.people.of(KANZLEI))


def test_those_who_see_each_other_share_one_copy(trial: Trial) -> None:
    """Broker and lawyers stand in To: one encrypted message for both, opened by either."""
    octets = sent(trial, mail(ERIKA, [MAKLERIN, KANZLEI, JONAS], plain(PERSONAL)), (MAKLERIN, KANZLEI, JONAS))
    copies = copies_of(trial, octets)
    assert sorted(len(copy.recipients) for copy in copies) == [1, 2]
    for partner in (MAKLERIN, KANZLEI):
        decrypted(to(copies, partner), trial.people.of(partner))


def test_all_copies_belong_to_the_same_thread(trial: Trial) -> None:
    """Message-ID, Date, References and In-Reply-To are the same in every copy, also where the client wrote no Message-ID."""
    octets = mail(ERIKA, [MAKLERIN, JONAS], plain("Danke\n")).replace(
        b"Subject:", b"References: <a@makler.example> <b@wwk.de>\r\nIn-Reply-To: <b@wwk.de>\r\nSubject:", 1)
    copies = copies_of(trial, sent(trial, octets, (MAKLERIN, JONAS)))
    assert len(copies) == 2
    names = ("Message-ID", "Date", "References", "In-Reply-To", "From", "To")
    assert len({tuple(str(read(copy.data)[name]) for name in names) for copy in copies}) == 1

    before = len(trial.sink.delivered)
    nameless = re.sub(rb"(?:Message-ID|Date):[^\r]*\r\n", b"", mail(ERIKA, [MAKLERIN, JONAS], plain("Ohne\n")))
    sent(trial, nameless, (MAKLERIN, JONAS))
    got = [read(message.data) for message in trial.sink.delivered[before:]]
    assert len(got) == 2 and len({(str(m["Message-ID"]), str(m["Date"])) for m in got}) == 1 and got[0]["Message-ID"]


def test_way_here_stays_visible(trial: Trial) -> None:
    """The Received field of the first hop is in every copy: hops are counted, and loops by hand are found."""
    copies = copies_of(trial, sent(trial, mail(ERIKA, [MAKLERIN, JONAS], plain("Weg\n")), (MAKLERIN, JONAS)))
    assert [len(read(copy.data).get_all("Received", [])) for copy in copies] == [2, 2]


def test_a_refused_recipient_costs_the_others_nothing(trial: Trial) -> None:
    """The sender gets a delivery status notification (RFC 3464) for the refused one with header fields only; the rest arrives."""
    before = len(trial.sink.delivered)
    octets = sent(trial, mail(ERIKA, [MAKLERIN, STRICT], plain(PERSONAL)), (MAKLERIN, STRICT))
    trial.sink.wait_for(before + 2)
    assert counted(copies_of(trial, octets)) == {MAKLERIN: 1}
    (notice,) = [m for m in trial.sink.delivered[before:] if m.sender == ""]
    assert notice.recipients == (ERIKA,)
    assert b"Final-Recipient: rfc822; " + STRICT.encode() in notice.data and b"Status: 5.7.1" in notice.data
    assert IBAN.encode() not in notice.data and b"Personenbezogene Daten" in notice.data
    assert b"text/rfc822-headers" in notice.data and len(notice.data) < 5000


def test_refused_for_all_is_said_at_once(trial: Trial) -> None:
    """Where nobody may have it the client hears it: nothing is sealed, no notice is sent."""
    sealed = len(trial.gateway.records("sealed"))
    replies = trial.postfix.send(ERIKA, [STRICT, f"zweite.{STRICT}"], mail(ERIKA, STRICT, plain(PERSONAL)))
    assert (replies.code, len(trial.gateway.records("sealed"))) == (550, sealed)


def test_large_mail_is_split_as_well(trial: Trial) -> None:
    """Twelve megabytes travel sealed and arrive byte for byte."""
    octets = bytes(range(256)) * 48 * 1024
    entity = multipart("mixed", plain("anbei\n"), attachment("daten.bin", octets))
    message = sent(trial, mail(ERIKA, [MAKLERIN, JONAS], entity), (MAKLERIN, JONAS))
    copies = copies_of(trial, message)
    assert to(copies, JONAS).endswith(message.partition(b"\r\n\r\n")[2])
    inside = decrypted(to(copies, MAKLERIN), trial.people.of(MAKLERIN))
    assert [leaf.content for leaf in leaves(inside) if leaf.name == "daten.bin"] == [octets]


def test_wishes_of_the_envelope_survive(trial: Trial) -> None:
    """NOTIFY, ORCPT and ENVID go on to the MTA; RET becomes HDRS, for no notice may carry the body."""
    octets = mail(ERIKA, [MAKLERIN, GUTACHTER, JONAS], plain("Wunsch\n"))
    with trial.postfix.client() as client:
        client.command("mail", f"MAIL FROM:<{ERIKA}> RET=FULL ENVID=Akte+2B7")
        client.command("rcpt", f"RCPT TO:<{MAKLERIN}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Sabine@makler.example")
        client.command("rcpt", f"RCPT TO:<{JONAS}> NOTIFY=NEVER")
        client.command("data", "DATA")
        assert client.finish(octets + b"\r\n.\r\n").code == 250
    trial.postfix.wait_until_empty()
    copies = copies_of(trial, octets)
    assert counted(copies) == {MAKLERIN: 1, JONAS: 1}
    # The sink offers no DSN: Postfix itself tells of the success it was asked to tell of, once.
    notices = [m for m in trial.sink.delivered if m.sender == "" and b"Akte+2B7" in m.data or b"Akte+7" in m.data]
    assert len(notices) == 1 and b"Original-Recipient: rfc822;Sabine@makler.example" in notices[0].data
    assert b"Wunsch" not in notices[0].data


def test_addresses_in_other_scripts(trial: Trial) -> None:
    """SMTPUTF8: an address outside ASCII gets its copy like any other."""
    foreign = "jürgen@gutachter.example"
    octets = mail(ERIKA, [MAKLERIN, foreign], plain("Gruß\n"))
    assert trial.postfix.send(ERIKA, [MAKLERIN, foreign], octets).is_accepted
    trial.postfix.wait_until_empty()
    assert counted(copies_of(trial, octets)) == {MAKLERIN: 1, foreign: 1}


def test_the_same_mail_again_is_not_sent_again(trial: Trial) -> None:
    """A client that did not hear our 250 sends again: nobody gets or waits for it twice."""
    octets = sent(trial, mail(ERIKA, [MAKLERIN, GUTACHTER, JONAS], plain(PERSONAL)), EVERYBODY)
    sent(trial, b"X-Wieder: 1\r\n" + octets, EVERYBODY)
    assert counted(copies_of(trial, octets)) == {MAKLERIN: 1, JONAS: 1, KANZLEI: 1}
    assert held_for(trial, octets) == {GUTACHTER: 1}


def test_nothing_can_be_read_on_the_way(trial: Trial) -> None:
    """While the way behind the splitter is closed Postfix holds a message that says nothing, whatever it would do with it."""
    close_submit_port(trial)
    octets = mail(ERIKA, [MAKLERIN, JONAS], plain(PERSONAL), subject="Kontonummer Oberhauser")
    try:
        assert trial.postfix.send(ERIKA, [MAKLERIN, JONAS], octets).is_accepted
        trial.gateway.wait_for("failed-closed")
        (queued,) = trial.postfix.contents()
        assert b"X-SMIME-Milter-Sealed" in queued and b"Subject: [...]" in queued
        assert not any(word in queued for word in (IBAN.encode(), b"Oberhauser", b"buchen Sie", MAKLERIN.encode() + b"\nSubject"))
    finally:
        open_submit_port(trial)
        trial.gateway.reload()
    trial.postfix.flush()
    trial.postfix.wait_until_empty(30)
    assert counted(copies_of(trial, octets)) == {MAKLERIN: 1, JONAS: 1}


def test_a_locked_store_puts_off_and_loses_nothing(trial: Trial) -> None:
    """With the store locked for some seconds nothing leaves; afterwards each gets it once."""
    store = sqlite3.connect(trial.gateway.home / "state/certificates.db", isolation_level=None)
    octets = mail(ERIKA, [MAKLERIN, GUTACHTER, JONAS], plain(PERSONAL))
    store.execute("BEGIN EXCLUSIVE")
    try:
        assert trial.postfix.send(ERIKA, list(EVERYBODY), octets).is_accepted
        time.sleep(4)
        assert copies_of(trial, octets) == []
    finally:
        store.execute("ROLLBACK")
        store.close()
    trial.postfix.flush()
    trial.postfix.wait_until_empty(30)
    assert counted(copies_of(trial, octets)) == {MAKLERIN: 1, JONAS: 1, KANZLEI: 1}
    assert held_for(trial, octets) == {GUTACHTER: 1}


def test_our_own_copy_coming_back_is_refused(trial: Trial) -> None:
    """A submit port that asks the milter again is a loop: it ends at its first turn; a guessed mark means nothing."""
    octets = sent(trial, mail(ERIKA, [MAKLERIN, GUTACHTER], plain("Kreis\n")), (MAKLERIN, GUTACHTER))
    copy = to(copies_of(trial, octets), GUTACHTER)
    again = trial.postfix.send(ERIKA, GUTACHTER, copy)
    assert (again.code, "5.4.6" in again.text) == (554, True)
    forged = re.sub(rb"(X-SMIME-Milter-Loop:\s+)[0-9a-f]{8}", rb"\g<1>00000000", copy)
    assert trial.postfix.send(ERIKA, GUTACHTER, forged).is_accepted
    assert trial.postfix.send(ERIKA, NOTARIAT, copy).is_accepted
    trial.postfix.wait_until_empty()


def test_forged_marks_open_nothing(trial: Trial) -> None:
    """A client that writes our fields itself goes no other way than everybody: they are removed."""
    sealed = len(trial.gateway.records("sealed"))
    octets = b"X-SMIME-Milter-Sealed: v=1; id=" + b"0" * 32 + b"; mac=" + b"0" * 64 + b"\r\nX-SMIME-Milter-Probe: 1\r\n" + mail(
        ERIKA, GUTACHTER, plain("Guten Tag\n"))
    (copy,) = copies_of(trial, sent(trial, octets, (GUTACHTER,)))
    assert b"x-smime-milter" not in copy.data.lower()
    assert len(trial.gateway.records("sealed")) == sealed


def test_no_content_in_the_journal(trial: Trial) -> None:
    """What was split, held and refused above left no word of its content in the journal."""
    journal = str(trial.gateway.records()) + trial.gateway.noise
    assert not any(word in journal for word in (IBAN, "Oberhauser", "buchen Sie", "Bis morgen"))


def test_a_stopped_gateway_takes_up_where_it_left() -> None:
    """Restarted while mail waits for the splitter: Postfix keeps it, and each gets it once."""
    with splitting() as trial:
        octets = mail(ERIKA, [MAKLERIN, GUTACHTER, JONAS], plain(PERSONAL))
        close_submit_port(trial)
        assert trial.postfix.send(ERIKA, list(EVERYBODY), octets).is_accepted
        trial.gateway.wait_for("failed-closed")
        assert trial.gateway.stop() == 0
        time.sleep(2)
        open_submit_port(trial)
        trial.gateway.start()
        trial.postfix.flush()
        trial.postfix.wait_until_empty(30)
        assert counted(copies_of(trial, octets)) == {MAKLERIN: 1, JONAS: 1, KANZLEI: 1}
        assert held_for(trial, octets) == {GUTACHTER: 1}


def test_without_the_route_nothing_is_sealed() -> None:
    """No line in main.cf: the strictest treatment holds for all, and the journal says so once, with what mends it."""
    with Trial() as trial:
        (record,) = trial.gateway.wait_for("split.route")
        assert record["SMIME_ROUTE"] == "missing" and "smime-milter mta postfix" in record["MESSAGE"]
        octets = mail(ERIKA, [GUTACHTER, JONAS], plain(PERSONAL))
        assert trial.postfix.send(ERIKA, [GUTACHTER, JONAS], octets).is_accepted
        assert held_for(trial, octets) == {GUTACHTER: 1, JONAS: 1}
        assert trial.gateway.records("sealed") == []
        assert trial.sink.delivered == []


def test_a_route_that_leads_astray_is_not_used() -> None:
    """The line names a service that drops mail: the test message does not come back, and nothing is ever sealed."""
    with Trial(splits=True) as trial:
        wait_for_route(trial)
        astray = f"FILTER smime-split:{trial.gateway.socket}"
        trial.postfix.set(milter_header_checks=f"regexp:{{{{/^X-SMIME-Milter-Sealed:/ {astray}}}}}")
        trial.gateway.reload()
        record = trial.gateway.wait_for("split.route", count=2, timeout=30)[-1]
        assert record["SMIME_ROUTE"] == "missing" and "we listen on" in record["MESSAGE"]
        octets = mail(ERIKA, [GUTACHTER, JONAS], plain(PERSONAL))
        assert trial.postfix.send(ERIKA, [GUTACHTER, JONAS], octets).is_accepted
        assert held_for(trial, octets) == {GUTACHTER: 1, JONAS: 1}
