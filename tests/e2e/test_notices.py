"""People are told what became of their mail, and held mail comes free by itself: through a real Postfix."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from tests.support.mails import altered, clear_signed, mail, plain
from tests.support.opened import decrypted, leaves, verified
from tests.support.people import ERIKA, GUTACHTER, JONAS, KANZLEI, MAKLERIN, NOTARIAT
from tests.support.sink import Delivered
from tests.support.trial import Trial, message_id

pytestmark = pytest.mark.server
IBAN = "DE02120300000000202051"
_SECRETS = (IBAN, "Oberhauser")


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with Trial(notices=["postmaster: postmaster@wwk.de", "digest: never", "page: https://www.wwk.de/smime"]) as running:
        yield running
        assert running.gateway.noise == "", "the daemon printed something that is no record"


def told(trial: Trial, address: str, case: str, count: int = 1) -> list[EmailMessage]:
    """The notices of this case to this address, once there are so many."""
    until = time.monotonic() + 15
    while len(found := list(_notices(trial, address, case))) < count:
        assert time.monotonic() < until, f"{len(found)} of {count} notices {case}; {trial.gateway.records('notice.not-sent')}"
        time.sleep(0.05)
    return found


def _notices(trial: Trial, address: str, case: str) -> Iterator[EmailMessage]:
    for message in trial.sink.delivered:
        if message.sender == "" and message.recipients == (address,):
            read = message_from_bytes(message.data, policy=default)
            assert isinstance(read, EmailMessage)
            if f"Fall / case: {case}\n" in text(read):
                yield read


def text(notice: EmailMessage) -> str:
    body = notice.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def sign_in(trial: Trial, partner: str) -> None:
    """The partner's signed mail, from outside."""
    signed = clear_signed(mail(partner, ERIKA, plain("Unser Zertifikat\n")), trial.people.of(partner))
    assert trial.postfix.send(partner, ERIKA, signed, client="outside").is_accepted


def arrived(trial: Trial, name: bytes, to: str) -> list[Delivered]:
    return [m for m in trial.sink.delivered if message_id(m.data) == name and m.recipients == (to,)]


def test_held_mail_is_told_sent_and_told_again(trial: Trial) -> None:
    """Held: Erika learns it and the broker is asked; the signed answer comes: it goes out encrypted once, Erika learns it."""
    octets = mail(ERIKA, MAKLERIN, plain(f"Frau Oberhauser, IBAN {IBAN}\n"))
    name = message_id(octets)
    assert trial.postfix.send(ERIKA, MAKLERIN, octets).is_accepted
    (held,) = told(trial, ERIKA, "held-for-key")
    reference = next(iter(trial.held()))
    assert str(held["Subject"]).startswith("Angehalten / On hold")
    assert held["In-Reply-To"] == name.decode() and held["Auto-Submitted"] == "auto-replied"
    assert held["From"].addresses[0].addr_spec == "postmaster@wwk.de"
    assert reference in text(held) and "1 × Bankverbindung" in text(held)
    (asked,) = told(trial, MAKLERIN, "invitation")
    assert asked["In-Reply-To"] is None and "https://www.wwk.de/smime" in text(asked)
    for secret in _SECRETS:
        assert secret not in text(held) + text(asked)
    assert ERIKA not in text(asked)
    sign_in(trial, MAKLERIN)
    (sent,) = told(trial, ERIKA, "sent")
    assert reference in text(sent) and "verschlüsselt" in text(sent)
    (message,) = arrived(trial, name, MAKLERIN)
    inside = verified(decrypted(message.data, trial.people.of(MAKLERIN)), trial.people.authority.root_pem)
    assert IBAN in [leaf.content for leaf in leaves(inside)][0]
    assert trial.held() == {}
    (thanks,) = told(trial, MAKLERIN, "first-certificate")
    assert "Ihr Schlüssel ist gespeichert" in text(thanks)


def test_partner_is_asked_and_thanked_once(trial: Trial) -> None:
    """Three mails in a week: one invitation; a second signed mail: no second greeting."""
    for n in range(3):
        trial.postfix.send(ERIKA, KANZLEI, mail(ERIKA, KANZLEI, plain(f"IBAN {IBAN} Nr {n}\n")))
    told(trial, ERIKA, "held-for-key", 4)
    sign_in(trial, KANZLEI)
    told(trial, ERIKA, "sent", 4)
    sign_in(trial, KANZLEI)
    trial.postfix.wait_until_empty()
    assert len(told(trial, KANZLEI, "invitation")) == len(told(trial, KANZLEI, "first-certificate")) == 1


def test_held_mail_survives_kill_and_is_sent_once(trial: Trial) -> None:
    """SIGKILL right behind the 250: notice and mail come out of the store of the next start, each once."""
    trial.sink.defer = {ERIKA}
    octets = mail(ERIKA, NOTARIAT, plain(f"IBAN {IBAN} Notar\n"))
    before = len(told(trial, ERIKA, "held-for-key", 4))
    assert trial.postfix.send(ERIKA, NOTARIAT, octets).is_accepted
    trial.gateway.kill()
    trial.gateway.start()
    trial.sink.defer = set()
    sign_in(trial, NOTARIAT)
    trial.gateway.wait_for("held.sent", count=5)
    trial.postfix.flush()
    trial.postfix.wait_until_empty()
    assert len(arrived(trial, message_id(octets), NOTARIAT)) == 1
    assert len({m["Message-ID"] for m in told(trial, ERIKA, "held-for-key", before + 1)}) == before + 1


def test_automatic_mail_is_not_answered(trial: Trial) -> None:
    """An out-of-office reply with personal data is held, and nobody is told: no loop can begin."""
    before = len(list(_notices(trial, ERIKA, "held-for-key")))
    invited = len(list(_notices(trial, GUTACHTER, "invitation")))
    octets = b"Auto-Submitted: auto-replied\r\n" + mail(ERIKA, GUTACHTER, plain(f"IBAN {IBAN}\n"))
    assert trial.postfix.send(ERIKA, GUTACHTER, octets).is_accepted
    octets = b"List-Id: <l.wwk.de>\r\n" + mail(ERIKA, GUTACHTER, plain(f"IBAN {IBAN}\n"))
    assert trial.postfix.send(ERIKA, GUTACHTER, octets).is_accepted
    time.sleep(2)
    trial.postfix.wait_until_empty()
    assert len(list(_notices(trial, ERIKA, "held-for-key"))) == before
    assert len(list(_notices(trial, GUTACHTER, "invitation"))) == invited


def test_return_gives_the_original_back(trial: Trial) -> None:
    """`held return`: the sender gets help and the very message; it waits no more; the journal knows who did it."""
    octets = mail(JONAS, GUTACHTER, plain(f"IBAN {IBAN} zurück\n"))
    assert trial.postfix.send(JONAS, GUTACHTER, octets).is_accepted
    told(trial, JONAS, "held-for-key")
    reference = next(r for r, row in trial.held().items() if row["sender"] == JONAS)
    assert trial.gateway.command("held", "return", reference).returncode == 0
    assert trial.gateway.command("held", "return", reference).returncode == 1
    (returned,) = told(trial, JONAS, "returned")
    (original,) = returned.iter_attachments()
    assert isinstance(original, EmailMessage)
    assert octets.partition(b"\r\n\r\n")[2] in original.get_content()
    assert reference not in trial.held()


def test_refused_outbound_mail_is_explained(trial: Trial) -> None:
    """R1 on the way out, an address of ours in the envelope and a foreign one in From: 550, and Erika is told what to do."""
    octets = mail("x@fremd.example", GUTACHTER, plain("Hallo\n"))
    assert trial.postfix.send(ERIKA, GUTACHTER, octets).code == 550
    assert trial.postfix.send(ERIKA, GUTACHTER, octets).code == 550
    (notice,) = told(trial, ERIKA, "foreign-sender")
    time.sleep(1)
    assert len(told(trial, ERIKA, "foreign-sender")) == 1
    assert "wählen sie im feld" in text(notice).lower()


def test_broken_signature_teaches_and_thanks_nobody(trial: Trial) -> None:
    """No answer to what may be forged."""
    before = len(trial.sink.delivered)
    signed = clear_signed(mail(GUTACHTER, ERIKA, plain("Hallo Welt\n")), trial.people.of(MAKLERIN))
    trial.postfix.send(GUTACHTER, ERIKA, altered(signed, b"Welt", b"Wald"), client="outside")
    time.sleep(1)
    trial.postfix.wait_until_empty()
    assert [m.recipients for m in trial.sink.delivered[before:]] == [(ERIKA,)]


def test_notices_hold_no_personal_data(trial: Trial) -> None:
    """Neither do the records of sending them; every line fits 72 columns and every notice is marked as ours."""
    notices = [m for m in trial.sink.delivered if m.sender == "" and b"X-SMIME-Milter-Loop:" in m.data]
    assert len(notices) > 10
    for message in notices:
        read = message_from_bytes(message.data, policy=default)
        assert isinstance(read, EmailMessage)
        assert IBAN not in text(read) and "Oberhauser" not in text(read)
        assert max(map(len, text(read).splitlines())) <= 72
        assert re.search(r"Kennung / reference: [2-9A-HJ-NP-Z]{8}\n", text(read))
    assert not trial.gateway.records("round.failed")
    assert len(trial.gateway.records("notice.sent")) >= 10
