"""Bad input through a real Postfix: nothing leaves in clear, nothing inbound is lost, nobody else waits, nothing is printed."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.support.mails import attachment, clear_signed, encrypted, mail, multipart, ordinary, plain
from tests.support.opened import verified
from tests.support.people import ERIKA, GUTACHTER, MAKLERIN
from tests.support.smtp_client import Transcript
from tests.support.trial import Trial

pytestmark = pytest.mark.server

CANARY = "Kanarienvogel"
SECRET = f"{CANARY} IBAN DE02 1203 0000 0000 2020 51"
HEAD = (f"From: {ERIKA}\r\nTo: {GUTACHTER}\r\nSubject: Termin\r\nDate: Tue, 24 Nov 2026 09:12:31 +0100\r\n"
        "MIME-Version: 1.0\r\n").encode()
BASE64 = b"REUwMiAxMjAzIDAwMDAgMDAwMCAyMDIwIDUx\r\n"
MIXED = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
ENVELOPE = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"


def nested(depth: int) -> bytes:
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return opening + TEXT + b"\r\n" + SECRET.encode() + b"\r\n" + b"".join(b"--b%d--\r\n" % n for n in reversed(range(depth)))


@dataclass(frozen=True)
class Bad:
    """`decisions` are what may happen to it on the way out; "" stands for a reply of Postfix itself."""

    name: str
    octets: bytes
    decisions: frozenset[str] = frozenset({"held"})


OUTBOUND = (
    Bad("duplicate-content-type", HEAD + TEXT + b"Content-Type: application/x-nothing\r\n\r\n" + SECRET.encode() + b"\r\n"),
    Bad("folded-transfer-encoding", HEAD + TEXT + b"Content-Transfer-Encoding:\r\n base64\r\n\r\n" + BASE64),
    Bad("misspelt-transfer-encoding", HEAD + TEXT + b"Content-Transfer-Encoding: base-64\r\n\r\n" + BASE64),
    Bad("boundary-never-closed", HEAD + MIXED + b"--x\r\n\r\n" + SECRET.encode() + b"\r\n"),
    Bad("boundary-missing", HEAD + b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\n" + SECRET.encode() + b"\r\n--x--\r\n"),
    Bad("eight-bit-header", HEAD + "X-Kunde: Müller\r\n".encode("latin-1") + TEXT + b"\r\n" + SECRET.encode() + b"\r\n"),
    Bad("eight-bit-subject", HEAD.replace(b"Termin", f"Für {SECRET}".encode("latin-1")) + TEXT + b"\r\nGuten Tag\r\n"),
    Bad("header-of-1-MB", HEAD + b"X-Long: " + b"a" * 1_000_000 + b"\r\n" + TEXT + b"\r\n" + SECRET.encode() + b"\r\n",
        frozenset({"held", "refused"})),
    Bad("ten-thousand-headers", HEAD + b"X-Many: 1\r\n" * 10_000 + TEXT + b"\r\n" + SECRET.encode() + b"\r\n",
        frozenset({"refused"})),
    Bad("nested-400", HEAD + nested(400), frozenset({"refused"})),
    Bad("nul-bytes", HEAD + TEXT + b"\r\nDE02 1203 \0000000 0000 2020 51 " + SECRET.encode() + b"\0\r\n"),
    Bad("bare-cr-and-lf", HEAD + TEXT + b"\r\nDE02 1203\r0000 0000 2020 51\nKunde " + SECRET.encode() + b"\r\n"),
    Bad("two-from-fields", HEAD + f"From: {ERIKA}\r\n".encode() + TEXT + b"\r\nGuten Tag\r\n", frozenset({"held", ""})),
    Bad("truncated-envelope", HEAD + ENVELOPE +
        b"Content-Transfer-Encoding: base64\r\n\r\nMIIRiAYJKoZIhvcNAQcDoIIReTCCEXUCAQAxggE8MIIBOAIBADAg\r\n"),
    Bad("clear-text-labelled-as-envelope", HEAD + ENVELOPE + b"\r\n" + SECRET.encode() + b"\r\n"),
    Bad("secret-in-a-file-name", mail(ERIKA, GUTACHTER, multipart("mixed", plain("anbei\n"), attachment(
        f"{CANARY} DE02120300000000202051.txt", b"nichts", "text/plain")))),
    Bad("secret-behind-the-last-boundary", mail(ERIKA, GUTACHTER, multipart("mixed", plain("anbei\n")) + SECRET.encode())),
    Bad("line-without-colon-ends-the-header", HEAD + b"kein Feld\r\n" + TEXT + b"\r\n" + SECRET.encode() + b"\r\n"),
)


@pytest.fixture(autouse=True)
def alive_and_silent(trial: Trial) -> Iterator[None]:
    """After each of them the next ordinary mail is signed and arrives, and no canary stands in any output."""
    yield
    before = len(trial.sink.delivered)
    assert trial.postfix.send(ERIKA, GUTACHTER, ordinary(recipient=GUTACHTER)).is_accepted
    assert verified(trial.sink.wait_for(before + 1)[before].data, trial.people.authority.root_pem)
    printed = f"{trial.gateway.records()}{trial.gateway.noise}"
    assert CANARY not in printed and "2020 51" not in printed and "1203000000" not in printed


@pytest.mark.parametrize("bad", OUTBOUND, ids=[bad.name for bad in OUTBOUND])
def test_nothing_of_it_leaves_in_clear(trial: Trial, bad: Bad) -> None:
    """Held or refused as the catalogue of faults says, in half a second, and never delivered."""
    before, decided = len(trial.sink.delivered), len(trial.gateway.records("decision"))
    start = time.monotonic()
    replies = trial.postfix.send(ERIKA, GUTACHTER, bad.octets)
    took = time.monotonic() - start
    records = trial.gateway.records("decision")[decided:]
    assert {r["SMIME_DECISION"] for r in records} <= bad.decisions, records
    assert records or "" in bad.decisions
    assert CANARY not in replies.text
    assert took < 5
    trial.postfix.wait_until_empty()
    assert len(trial.sink.delivered) == before


def inbound(trial: Trial, octets: bytes) -> bytes:
    """The message as the clerk gets it."""
    before = len(trial.sink.delivered)
    assert trial.postfix.send(MAKLERIN, ERIKA, octets, client="outside").is_accepted
    return trial.sink.wait_for(before + 1)[before].data


FROM_OUTSIDE = f"From: {MAKLERIN}\r\nTo: {ERIKA}\r\nSubject: Termin\r\nMIME-Version: 1.0\r\n".encode()
INBOUND = {
    "nested-400": FROM_OUTSIDE + nested(400),
    "eight-bit-header": FROM_OUTSIDE + "X-Kunde: Müller\r\n".encode("latin-1") + TEXT + b"\r\nGuten Tag\r\n",
    "truncated-signature": FROM_OUTSIDE + b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
                                          b"Content-Transfer-Encoding: base64\r\n\r\nMIIRiAYJKoZIhvcNAQcCoIIR\r\n",
    "truncated-envelope": FROM_OUTSIDE + OUTBOUND[13].octets.partition(b"MIME-Version: 1.0\r\n")[2],
    "asn1-depth-10000": FROM_OUTSIDE + attachment("smime.p7m", b"\x30\x80" * 10_000, "application/pkcs7-mime"),
    "asn1-of-4-GB": FROM_OUTSIDE + attachment("smime.p7m", b"\x30\x84\xff\xff\xff\xff\x06\x09", "application/pkcs7-mime"),
    "nul-bytes": FROM_OUTSIDE + TEXT + b"\r\nGuten \0 Tag\r\n",
    "empty": b"\r\n",
    "two-from": FROM_OUTSIDE + f"From: {ERIKA}\r\n".encode() + TEXT + b"\r\nGuten Tag\r\n",
}


@pytest.mark.parametrize("name", INBOUND)
def test_inbound_mail_is_never_lost(trial: Trial, name: str) -> None:
    """Whatever comes in is delivered, and nothing broken is called verified."""
    delivered = inbound(trial, INBOUND[name])
    assert b"smime=pass" not in delivered
    assert b"\r\nX-SMIME-Milter-Result: " in b"\r\n" + delivered


def test_certificate_with_a_nul_in_its_address(trial: Trial) -> None:
    """An address that only begins like the author's proves nothing, and its certificate is not learned."""
    address = MAKLERIN.encode() + b"\0.boese.example"
    san = b"\x30" + bytes([len(address) + 2]) + b"\x81" + bytes([len(address)]) + address
    forger = trial.people.authority.issue(MAKLERIN, raw_san=san)
    learned = len(trial.gateway.records("certificate.learned"))
    delivered = inbound(trial, clear_signed(ordinary(MAKLERIN, ERIKA), forger))
    assert b"smime=pass" not in delivered and b"smime=" in delivered
    assert len(trial.gateway.records("certificate.learned")) == learned


def test_altered_envelope_is_delivered_unopened(trial: Trial) -> None:
    """A flipped bit in the ciphertext: the mail arrives as it came, marked, and says nothing of what was inside."""
    octets = encrypted(ordinary(MAKLERIN, ERIKA, f"{CANARY}\n"), trial.people.of(ERIKA))
    lines = octets.split(b"\r\n")
    lines[-4] = lines[-4][:10] + (b"A" if lines[-4][10:11] != b"A" else b"B") + lines[-4][11:]
    delivered = inbound(trial, b"\r\n".join(lines))
    assert b"not-decrypted" in delivered or b"enveloped-data" in delivered or CANARY.encode() not in delivered


def workers(trial: Trial) -> list[int]:
    found = subprocess.run(["/usr/bin/pgrep", "-P", str(trial.gateway.pid)], capture_output=True, text=True).stdout
    return [int(pid) for pid in found.split()]


def during(work: Callable[[], Transcript], disturb: Callable[[], None]) -> Transcript:
    """Run the work, disturb it meanwhile, and return what the client heard."""
    heard: list[Transcript] = []
    thread = threading.Thread(target=lambda: heard.append(work()))
    thread.start()
    disturb()
    thread.join(60)
    return heard[0]


def test_killed_workers_are_replaced(trial: Trial) -> None:
    """Outbound mail whose worker dies waits with the client; inbound mail passes marked "not checked"."""
    for pid in workers(trial):
        os.kill(pid, signal.SIGKILL)
    before = len(trial.sink.delivered)
    assert trial.postfix.send(ERIKA, GUTACHTER, mail(ERIKA, GUTACHTER, plain(SECRET))).code == 451
    for pid in workers(trial):
        os.kill(pid, signal.SIGKILL)
    delivered = inbound(trial, b"Authentication-Results: mail.wwk.de; smime=pass\r\n" + ordinary(MAKLERIN, ERIKA))
    assert b"smime=temperror" in delivered and b"smime=pass" not in delivered
    assert len(trial.sink.delivered) == before + 1
    trial.gateway.wait_for("worker.lost", count=2)


def test_worker_killed_in_the_middle(trial: Trial) -> None:
    """Killed while it works on a message: 451, and no half of it leaves."""
    octets = mail(ERIKA, GUTACHTER, plain(SECRET + "\n" + "Bitte um Rückmeldung zum Vertrag. " * 100_000))

    def kill() -> None:
        time.sleep(0.4)
        for pid in workers(trial):
            os.kill(pid, signal.SIGKILL)
    before = len(trial.sink.delivered)
    replies = during(lambda: trial.postfix.send(ERIKA, GUTACHTER, octets), kill)
    assert replies.code == 451 or trial.gateway.records("decision")[-1]["SMIME_DECISION"] == "held"
    assert len(trial.sink.delivered) == before


def test_client_gone_in_the_middle(trial: Trial) -> None:
    """A connection that breaks inside the body leaves nothing behind."""
    before, decided = len(trial.sink.delivered), len(trial.gateway.records("decision"))
    client = trial.postfix.client()
    client.open(ERIKA, [GUTACHTER])
    client.smtp.send(HEAD + TEXT + b"\r\n" + SECRET.encode() + b"\r\n")
    client.hang_up()
    time.sleep(0.3)
    assert (len(trial.sink.delivered), len(trial.gateway.records("decision"))) == (before, decided)


def test_locked_store(trial: Trial) -> None:
    """While the store is locked mail that must be held waits with its client, for two seconds at most."""
    import sqlite3
    lock = sqlite3.connect(trial.gateway.home / "state/certificates.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        start = time.monotonic()
        replies = trial.postfix.send(ERIKA, GUTACHTER, mail(ERIKA, GUTACHTER, plain(SECRET + " gesperrt\n")))
        assert replies.code == 451 and time.monotonic() - start < 10
        assert b"smime=" in inbound(trial, ordinary(MAKLERIN, ERIKA))
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    assert trial.postfix.send(ERIKA, GUTACHTER, mail(ERIKA, GUTACHTER, plain(SECRET + " gesperrt\n"))).is_accepted
    assert any(row["reason"] == "no-certificate" for row in trial.held().values())


def test_no_recipients_and_null_sender(trial: Trial) -> None:
    """Without a recipient there is no mail; the null sender is scanned like everybody."""
    with trial.postfix.client() as client:
        assert client.command("mail", f"MAIL FROM:<{ERIKA}>").code == 250
        assert client.command("data", "DATA").code in (503, 554)
    assert trial.postfix.send("", GUTACHTER, mail(ERIKA, GUTACHTER, plain(SECRET))).is_accepted
    assert trial.gateway.records("decision")[-1]["SMIME_DECISION"] == "held"
