"""Every sample mail through a real Postfix: what left is opened and verified by openssl."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from tests.samples.catalogue import FOLDER, SAMPLES, Sample
from tests.support.judging import faults, faults_of_retried
from tests.support.mails import ZIP, alternative, attachment, clear_signed, mail, multipart, opaque_signed, plain, text_entity
from tests.support.opened import decrypted, leaves, read, verified
from tests.support.people import ERIKA, GUTACHTER, JONAS, KANZLEI, MAKLERIN, NOTARIAT
from tests.support.table import html_page, text_table
from tests.support.telling import row, tls_lines
from tests.support.trial import Observation, Trial, message_id

pytestmark = pytest.mark.server
IBAN = "DE02120300000000202051"
RULES = {"R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R12", "R13"}


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_sample_becomes_what_its_rule_says(sample: Sample, seen: dict[str, Observation], trial: Trial) -> None:
    """Reply, what left, what the reader is shown and the journal's reason are those of the catalogue."""
    assert faults(seen[sample.name], trial.people) == []


def test_every_rule_has_a_sample() -> None:
    """Each rule of the customer's page that this gateway keeps is shown by at least one mail, and no file lies unused."""
    assert RULES <= {sample.rule for sample in SAMPLES}
    assert {file.stem for file in FOLDER.glob("*.eml")} == {sample.name for sample in SAMPLES}


def test_nothing_waits_in_the_queue(seen: dict[str, Observation], trial: Trial) -> None:
    """Held and refused mail leaves nothing in Postfix's queue."""
    assert len(seen) == len(SAMPLES)
    assert trial.postfix.queue() == []


def test_no_personal_data_in_the_journal(seen: dict[str, Observation], trial: Trial) -> None:
    """R14: names, numbers and words of the samples stand in no record and in nothing else that is printed."""
    journal = json.dumps(trial.gateway.records(), ensure_ascii=False) + trial.gateway.noise
    for word in ("Oberhauser", "Kirchga", "Achatz", "2020 51", "0000202051", "095 742", "Zellner", "Provision", "Angebot"):
        assert word not in journal
    assert len(seen) <= len(trial.gateway.records("decision"))


def test_demo_tells_it_in_120_columns(seen: dict[str, Observation], trial: Trial) -> None:
    """The demo's table fits a terminal and its page shows the same rows, faults and all."""
    rows = [row(one, ["a fault <b>"]) for one in seen.values()]
    assert max(len(line) for line in text_table(rows).splitlines()) <= 120
    page = html_page(rows, tls_lines(trial.gateway.records("tls.inbound")), title="Demo")
    assert page.count('<tr class="bad">') == len(rows)
    assert "a fault &lt;b&gt;" in page


def test_held_mail_is_sent_once_the_certificate_is_known(seen: dict[str, Observation], trial: Trial) -> None:
    """The held application went out encrypted by itself when the broker's signed mail came, once; the rest waits."""
    sample = seen["r4-antrag-ausgefuellt"].sample
    trial.gateway.wait_for("held.sent")
    trial.postfix.wait_until_empty()
    left = [message for message in trial.sink.delivered if message_id(message.data) == b"<4c01@wwk.de>"]
    assert faults_of_retried(left, sample, trial.people) == []
    still = {row["message_id"]: row["states"] for row in trial.held().values()}
    assert "<4c01@wwk.de>" not in still
    assert still["<3a01@wwk.de>"] == ["waiting-for-key"]


def test_two_partners_can_both_open_it(seen: dict[str, Observation], trial: Trial) -> None:
    """One message to two known partners is encrypted once, to both, and to nobody else."""
    before = len(trial.sink.delivered)
    text = f"Bitte beide beachten: IBAN {IBAN}\n"
    trial.postfix.send(ERIKA, [MAKLERIN, KANZLEI], mail(ERIKA, [MAKLERIN, KANZLEI], plain(text)))
    (message,) = trial.sink.wait_for(before + 1)[before:]
    for partner in (MAKLERIN, KANZLEI):
        inside = decrypted(message.data, trial.people.of(partner))
        assert [leaf.content for leaf in leaves(verified(inside, trial.people.authority.root_pem))] == [text.strip()]
    assert IBAN.encode() not in message.data


def test_hidden_recipient_stays_hidden(seen: dict[str, Observation], trial: Trial) -> None:
    """A Bcc among several encrypted recipients is held: the CMS would show it to the others."""
    before = len(trial.sink.delivered)
    octets = mail(ERIKA, MAKLERIN, plain("Guten Tag\n"))
    assert trial.postfix.send(ERIKA, [MAKLERIN, KANZLEI], octets).is_accepted
    decision = trial.gateway.records("decision")[-1]
    assert (decision["SMIME_DECISION"], decision["SMIME_REASON"]) == ("held", "hidden-recipient")
    trial.postfix.wait_until_empty()
    assert len(trial.sink.delivered) == before


def test_login_from_outside_is_one_of_us(trial: Trial) -> None:
    """A clerk on the road, authenticated, writes outbound mail: signed, and R1 holds for her too."""
    before = len(trial.sink.delivered)
    octets = mail(ERIKA, GUTACHTER, plain("Bin unterwegs\n"))
    assert trial.postfix.send(ERIKA, GUTACHTER, octets, client="198.51.100.20", login="erika").is_accepted
    (message,) = trial.sink.wait_for(before + 1)[before:]
    assert verified(message.data, trial.people.authority.root_pem)
    foreign = trial.postfix.send("x@fremd.example", GUTACHTER, octets, client="198.51.100.20", login="erika")
    assert foreign.code == 550


def test_same_mail_from_outside_is_not_signed(trial: Trial) -> None:
    """Without network and login the same mail is inbound: nothing is signed in our name, and it is marked."""
    before = len(trial.sink.delivered)
    octets = mail(ERIKA, JONAS, plain("Bin unterwegs\n"))
    assert trial.postfix.send(ERIKA, JONAS, octets, client="198.51.100.20").is_accepted
    message = read(trial.sink.wait_for(before + 1)[before].data)
    assert message.get_content_type() == "text/plain"
    assert message["X-SMIME-Milter-Notice"] == "claimed-own-sender"


def test_inbound_mail_is_untouched_but_for_our_fields(trial: Trial) -> None:
    """Odd folding, 8-bit header bytes, tabs, trailing blanks and an odd body arrive byte for byte below our fields."""
    before = len(trial.sink.delivered)
    head = (
        b"From: =?utf-8?q?Gutachter?= <buero@gutachter.example>\r\nTo:\terika.berger@wwk.de,\r\n\t jonas.wimmer@wwk.at  \r\n"
        b"SUBJECT:kein Abstand \xe4\r\nX-Leer: \r\nDate: Tue, 24 Nov 2026 09:00:00 +0100\r\n"
        b"Message-ID: <odd@gutachter.example>\r\n"
    )
    body = b"\r\nText mit \xfc und Punkten\r\n..\r\n.x  \t\r\n\x0b\r\n\r\n"
    trial.postfix.send(GUTACHTER, ERIKA, head + b"\r\n" + body, client="outside")
    data = trial.sink.wait_for(before + 1)[before].data
    assert data.endswith(head + b"\r\n" + body)


@pytest.mark.parametrize("text", [
    "x" * 3000 + "\n", "Leerzeichen am Ende   \n\t\n", "From hier an\n.\n..\n", "ä" * 700 + "\n", "ohne letzten Umbruch",
], ids=["long-line", "trailing-blanks", "from-and-dots", "8bit", "no-final-line-end"])
@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable"])
def test_signature_survives_the_way_out(trial: Trial, text: str, encoding: str) -> None:
    """Whatever text a clerk sends, the signature verifies behind a relay without 8BITMIME, and the words are the same."""
    trial.sink.eight_bit = False
    before = len(trial.sink.delivered)
    try:
        trial.postfix.send(ERIKA, GUTACHTER, mail(ERIKA, GUTACHTER, plain(text, encoding=encoding)))
        message = trial.sink.wait_for(before + 1)[before]
    finally:
        trial.sink.eight_bit = True
    (leaf,) = leaves(verified(message.data, trial.people.authority.root_pem))
    assert leaf.content == "\n".join(line.rstrip() for line in text.splitlines()).rstrip()
    assert message.data.isascii()


def test_attachment_is_the_same_after_opening(seen: dict[str, Observation], trial: Trial) -> None:
    """A megabyte of arbitrary bytes comes out of the envelope as it went in, with its name."""
    octets = bytes(range(256)) * 4096
    before = len(trial.sink.delivered)
    entity = multipart("mixed", plain("anbei\n"), attachment("daten.bin", octets))
    trial.postfix.send(ERIKA, MAKLERIN, mail(ERIKA, MAKLERIN, entity))
    message = trial.sink.wait_for(before + 1)[before]
    inside = verified(decrypted(message.data, trial.people.of(MAKLERIN)), trial.people.authority.root_pem)
    assert [(leaf.name, leaf.content) for leaf in leaves(inside)][1:] == [("daten.bin", octets)]


def test_learned_certificate_waits_for_the_next_working_day(trial: Trial) -> None:
    """R7 with `activation: next-working-day`: learned now, used from a later day on; until then mail is held."""
    trial.gateway.configure(activation="next-working-day")
    trial.gateway.reload()
    try:
        signed = clear_signed(mail(NOTARIAT, ERIKA, plain("Unser Zertifikat\n")), trial.people.of(NOTARIAT))
        learned = len(trial.gateway.records("certificate.learned"))
        assert trial.postfix.send(NOTARIAT, ERIKA, signed, client="outside").is_accepted
        record = trial.gateway.wait_for("certificate.learned", count=learned + 1)[-1]
        assert record["SMIME_CERT_SHA256"] == trial.people.of(NOTARIAT).sha256
        assert datetime.fromisoformat(record["SMIME_USABLE_FROM"]) > datetime.now(timezone.utc)
        trial.postfix.send(ERIKA, NOTARIAT, mail(ERIKA, NOTARIAT, plain(f"IBAN {IBAN}\n")))
        decision = trial.gateway.records("decision")[-1]
        assert (decision["SMIME_DECISION"], decision["SMIME_CERT_REFUSED"]) == ("held", "not-yet-usable")
    finally:
        trial.gateway.configure(activation="immediately")
        trial.gateway.reload()


def test_other_servers_results_stay(seen: dict[str, Observation], trial: Trial) -> None:
    """Only what imitates us is removed: another server's Authentication-Results field is kept."""
    message = read(seen["r9-gefaelschter-pruefvermerk"].left[0].data)
    results = [str(value) for value in message.get_all("Authentication-Results", [])]
    assert [result.partition(";")[0] for result in results] == ["mail.wwk.de", "mx.makler.example"]
    assert "smime=pass" not in results[0]


HIDING = {
    "utf-16": plain(f"IBAN {IBAN}\n", encoding="base64", charset="utf-16"),
    "soft-hyphens": plain("IBAN DE02\u00ad1203\u200b0000 0000 2020 51\n"),
    "html-only": text_entity("html", "<p>IBAN DE02<b>1203</b>&#48;000&nbsp;0000 2020 51</p>"),
    "uuencoded": plain("begin 644 a.txt\n#0V%T\n`\nend\n"),
    "zip": multipart("mixed", plain("anbei\n"), attachment("a.zip", ZIP, "application/zip")),
    "second-alternative": alternative("Guten Tag\n", f"<p>Guten Tag {IBAN}</p>"),
    "forwarded": multipart("mixed", plain("z. K.\n"), b"Content-Type: message/rfc822\r\n\r\n" + mail(
        MAKLERIN, ERIKA, plain(f"Konto {IBAN}\n"))),
}


@pytest.mark.parametrize("name", HIDING)
def test_nothing_slips_past_the_scan(trial: Trial, name: str) -> None:
    """Data in another charset, behind markup, in an attachment nobody can read or in a forwarded mail is held."""
    before = len(trial.sink.delivered)
    assert trial.postfix.send(ERIKA, GUTACHTER, mail(ERIKA, GUTACHTER, HIDING[name])).is_accepted
    assert trial.gateway.records("decision")[-1]["SMIME_DECISION"] == "held"
    trial.postfix.wait_until_empty()
    assert len(trial.sink.delivered) == before


def test_opaque_signature_hides_nothing(trial: Trial) -> None:
    """Signing opaquely in the mail program is no protection: what is inside is scanned, and held."""
    before = len(trial.sink.delivered)
    octets = opaque_signed(mail(ERIKA, GUTACHTER, plain(f"IBAN {IBAN}\n")), trial.people.of(ERIKA))
    assert trial.postfix.send(ERIKA, GUTACHTER, octets).is_accepted
    decision = trial.gateway.records("decision")[-1]
    assert (decision["SMIME_DECISION"], decision["SMIME_FINDINGS"]) == ("held", "iban:1")
    trial.postfix.wait_until_empty()
    assert len(trial.sink.delivered) == before
