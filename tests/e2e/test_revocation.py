"""Lists, OCSP and missing issuers over a real socket: the first mail only wishes, the fetcher asks, the next mail is judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from smime_milter.adapters.fetching import Fetcher, Fetching
from smime_milter.adapters.stores import open_store
from smime_milter.adapters.workers import WorkerInspector, WorkerPool
from smime_milter.certs.reading import read
from smime_milter.mime.message_file import split_message
from smime_milter.model.certificate import CertificateState
from smime_milter.model.inspection import Inspection
from smime_milter.model.outcome import Event, Lesson
from smime_milter.model.revocation import RevocationState, question_about
from smime_milter.model.settings import RevocationMode
from smime_milter.model.signature import Signature, SignatureReason, SignatureResult, Trust
from tests.support import daemon
from tests.support.facts import envelope
from tests.support.fakes import NOON, FakeClock, FakeJournal
from tests.support.fakes_keys import keys_holding
from tests.support.mails import clear_signed, ordinary
from tests.support.pki import Authority, Issued, new_key
from tests.support.revocation import Answer, Publisher, Server, drip, endless, redirect
from tests.support.worker import CHECKED, start_with

pytestmark = pytest.mark.server
ANNA, CLERK = "anna@makler.example", "erika.berger@wwk.de"
DAY = 86400.0


class Rig:
    """Store, worker and fetcher around one server; `look` is a mail coming in, `fetch` a round of the fetcher."""

    def __init__(self, folder: Path, server: Server, mode: RevocationMode = RevocationMode.SOFT) -> None:
        self.server, self.clock, self.journal = server, FakeClock(), FakeJournal()
        self.publisher = Publisher(server.url(""), NOON)
        self.store = open_store(f"sqlite:///{folder}/store.db", held_key=b"k" * 32, now=self.clock.now)
        self.pool = WorkerPool(replace(start_with(self.publisher.root_der), revocation=mode), 1, lambda why: None)
        self.inspector = WorkerInspector(self.pool, keys_holding(), self.store.issuers,
                                         states=lambda qs: self.store.revocations.states(qs, stale=3 * DAY))
        self.fetching = Fetching(self.store.revocations, self.inspector, Fetcher(2.0, is_local_allowed=True), clock=self.clock,
                                 journal=self.journal, anchors=[self.publisher.root_der])

    def look(self, signer: Issued, *, complete: bool = True) -> Signature:
        sent = signer if complete else replace(signer, chain=signer.chain[:1])
        message = split_message(clear_signed(ordinary(ANNA, CLERK), sent))
        at = int(self.clock.now().timestamp())
        found: Inspection = self.inspector.inspect(envelope(CLERK, sender=ANNA), message, replace(CHECKED, at=at))
        self.store.revocations.wish(found.wishes, found.intermediates)
        assert found.signature is not None
        return found.signature

    def fetch(self) -> list[str]:
        """Why each source failed, "read" for what was got, in the order of the journal."""
        seen = len(self.journal.entries)
        self.fetching.run_due()
        return [e.fields["WHY"] for e in self.journal.entries[seen:] if e.event is Event.STATUS_FETCHED]

    def close(self) -> None:
        self.pool.close()
        self.store.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def rig(tmp_path: Path, server: Server) -> Iterator[Rig]:
    rig = Rig(tmp_path, server)
    yield rig
    rig.close()


@pytest.fixture
def hard(tmp_path: Path, server: Server) -> Iterator[Rig]:
    rig = Rig(tmp_path, server, RevocationMode.HARD)
    yield rig
    rig.close()


def verdict(signature: Signature) -> tuple[str, str, str]:
    return signature.result.value, signature.reason.value, signature.revocation


def test_the_first_mail_passes_unknown_and_the_next_is_known_good(rig: Rig) -> None:
    """Soft: no mail waits; what is not known is noted, fetched, and known with the next mail."""
    anna = rig.publisher.issue(ANNA)
    rig.publisher.publish(rig.server)
    assert verdict(rig.look(anna)) == ("pass", "good", "unknown") and rig.server.asked == []
    assert rig.fetch() == ["read", "read"] and sorted(rig.server.asked) == ["/issuing.crl", "/root.crl"]
    assert verdict(rig.look(anna)) == ("pass", "good", "good")
    assert rig.fetch() == [], "nothing is asked again before its time"


def test_a_revoked_signer_fails(rig: Rig) -> None:
    """Soft as well: what is known to be revoked does not pass, whatever time the signature names."""
    anna, bert = rig.publisher.issue(ANNA), rig.publisher.issue(ANNA)
    rig.publisher.publish(rig.server, anna)
    rig.look(anna)
    rig.fetch()
    found = rig.look(anna)
    assert verdict(found) == ("fail", "certificate-revoked", "revoked") and found.trust is Trust.REVOKED
    assert verdict(rig.look(bert)) == ("pass", "good", "good")


def test_a_revoked_issuer_fails_too(rig: Rig) -> None:
    """The whole path is asked about, not only its end."""
    anna = rig.publisher.issue(ANNA)
    rig.publisher.publish(rig.server)
    revoked = Issued(rig.publisher.issuing, rig.publisher.issuing_key, ())
    rig.server.pages["/root.crl"] = rig.publisher.crl(revoked, of_root=True)
    rig.look(anna)
    rig.fetch()
    assert verdict(rig.look(anna)) == ("fail", "certificate-revoked", "revoked")


def test_hard_waits_for_the_answer(hard: Rig) -> None:
    """Hard: unknown is temperror with its own reason and teaches nothing; good passes; too old is unknown again."""
    anna = hard.publisher.issue(ANNA)
    hard.publisher.publish(hard.server)
    first = hard.look(anna)
    assert verdict(first) == ("temperror", "certificate-status-unknown", "unknown") and first.trust is Trust.UNKNOWN
    assert hard.fetch() == ["read", "read"]
    assert verdict(hard.look(anna)) == ("pass", "good", "good")
    hard.clock.advance(timedelta(days=8))   # beyond the end, within the stale window
    assert verdict(hard.look(anna)) == ("pass", "good", "stale")
    hard.clock.advance(timedelta(days=3))
    assert verdict(hard.look(anna)) == ("temperror", "certificate-status-unknown", "unknown")


def test_a_list_is_refreshed_before_it_ends(rig: Rig) -> None:
    """After a day at the latest; a newer list replaces, an older one never."""
    anna = rig.publisher.issue(ANNA)
    rig.publisher.publish(rig.server)
    rig.look(anna)
    rig.fetch()
    rig.server.pages["/issuing.crl"] = rig.publisher.crl(anna, start=timedelta(hours=20))
    rig.clock.advance(timedelta(days=1, minutes=1))
    assert sorted(rig.fetch()) == ["read", "read"]
    assert rig.look(anna).reason is SignatureReason.CERTIFICATE_REVOKED
    rig.server.pages["/issuing.crl"] = rig.publisher.crl()
    rig.clock.advance(timedelta(days=1, minutes=1))
    rig.fetch()
    assert rig.look(anna).reason is SignatureReason.CERTIFICATE_REVOKED, "an old list replayed does not acquit"


def test_a_stored_certificate_becomes_revoked(rig: Rig) -> None:
    """The fetcher asks for what is stored without any mail; choosing then refuses it, and the journal says so."""
    anna = rig.publisher.issue(ANNA)
    certificate = read(anna.der)
    assert certificate is not None
    rig.store.certificates.learn(Lesson(certificate=certificate, address=ANNA, message_id="", intermediates=anna.chain[1:]),
                                 usable_from=NOON, at=NOON)
    rig.publisher.publish(rig.server, anna)
    assert rig.fetch() == ["read", "read"]
    (stored,) = rig.store.certificates.certificates_for(ANNA, "makler.example")
    assert stored.state is CertificateState.REVOKED
    changed = [e for e in rig.journal.entries if e.event is Event.CERTIFICATE_CHANGED]
    assert [e.fields["CERT_SHA256"] for e in changed] == [anna.sha256]
    assert rig.store.certificates.history(anna.sha256)[-1][1] == "revoked"
    (state,) = rig.store.revocations.states([question_about(certificate)], stale=0)
    assert state is RevocationState.REVOKED


@pytest.mark.parametrize(("is_revoked", "expected"), [(False, ("pass", "good", "good")),
                                                      (True, ("fail", "certificate-revoked", "revoked"))])
def test_without_a_list_the_responder_is_asked(is_revoked: bool, expected: tuple[str, str, str], rig: Rig) -> None:
    """OCSP for a certificate that names no list; the answer counts for this one alone."""
    anna, other = rig.publisher.issue(ANNA, with_crl=False), rig.publisher.issue(ANNA, with_crl=False)
    rig.publisher.publish(rig.server)
    rig.server.pages["/ocsp"] = rig.publisher.ocsp(anna, is_revoked=is_revoked)
    rig.look(anna)
    assert rig.fetch() == ["read", "read"]
    assert verdict(rig.look(anna)) == expected
    assert rig.look(other).revocation == "unknown"


def test_a_responder_may_have_its_own_key(rig: Rig) -> None:
    """RFC 6960 §4.2.2.2: a certificate by the issuer for just this purpose."""
    anna = rig.publisher.issue(ANNA, with_crl=False)
    rig.publisher.publish(rig.server)
    responder = rig.publisher.issue("ocsp@ca.example", purposes=("1.3.6.1.5.5.7.3.9",))
    rig.server.pages["/ocsp"] = rig.publisher.ocsp(anna, responder=responder)
    rig.look(anna)
    assert rig.fetch() == ["read", "read"] and rig.look(anna).revocation == "good"


@pytest.mark.parametrize(("wrong", "code"), [
    ("stranger", "wrong-signature"), ("purpose", "wrong-signature"), ("certificate", "other-certificate"),
    ("bytes", "malformed")])
def test_answers_of_a_responder_that_prove_nothing(wrong: str, code: str, rig: Rig) -> None:
    """Signed by a stranger, about another certificate, or no answer at all: not known, and asked again later."""
    anna, other = rig.publisher.issue(ANNA, with_crl=False), rig.publisher.issue(ANNA, with_crl=False)
    rig.publisher.publish(rig.server)
    stranger = Publisher(rig.server.url(""), NOON, name="Stranger").issue("ocsp@ca.example", purposes=("1.3.6.1.5.5.7.3.9",))
    rig.server.pages["/ocsp"] = {
        "stranger": rig.publisher.ocsp(anna, responder=stranger), "purpose": rig.publisher.ocsp(anna, responder=other),
        "certificate": rig.publisher.ocsp(other), "bytes": b"rubbish"}[wrong]
    rig.look(anna)
    assert sorted(rig.fetch()) == sorted([code, "read"])
    assert rig.look(anna).revocation == "unknown"


def test_a_missing_issuer_comes_by_aia(rig: Rig) -> None:
    """The first mail without its intermediate is not trusted; the fetcher gets it, and the next mail passes."""
    anna = rig.publisher.issue(ANNA)
    rig.publisher.publish(rig.server)
    assert rig.look(anna, complete=False).reason is SignatureReason.ISSUER_UNKNOWN
    assert "read" in rig.fetch() and "/issuing.crt" in rig.server.asked
    assert rig.look(anna, complete=False).result is SignatureResult.PASS


def test_a_stranger_s_issuer_is_not_kept(rig: Rig) -> None:
    """A CA certificate that leads to no anchor of ours stays outside, however well it fits."""
    stranger = Publisher(rig.server.url(""), NOON, name="Stranger")
    stranger.publish(rig.server)
    anna = stranger.issue(ANNA)
    assert rig.look(anna, complete=False).reason is SignatureReason.ISSUER_UNKNOWN
    assert rig.fetch() == ["untrusted"]
    certificate = read(anna.der)
    assert certificate is not None and rig.store.issuers.issuers_named(certificate.issuer_der) == ()


DELTA: list[tuple[x509.ExtensionType, bool]] = [(x509.DeltaCRLIndicator(1), True)]
INDIRECT: list[tuple[x509.ExtensionType, bool]] = [(x509.IssuingDistributionPoint(
    full_name=None, relative_name=None, only_contains_user_certs=False, only_contains_ca_certs=False, indirect_crl=True,
    only_some_reasons=None, only_contains_attribute_certs=False), True)]


@pytest.mark.parametrize(("page", "code"), [
    (drip(60), "timeout"), (endless(500), "too-large"), (endless(500, is_announced=True), "too-large"),
    (redirect("file:///etc/passwd"), "bad-url"), (redirect("/issuing.crl"), "too-many-redirects"), (b"", "malformed"),
    (b"rubbish", "malformed"), (None, "http-404"),
])
def test_servers_that_do_worse(page: Answer | bytes | None, code: str, rig: Rig) -> None:
    """A drip, 500 MB, a loop, a file: refused within the limits; the mail passes as unknown, and it is tried again later."""
    anna = rig.publisher.issue(ANNA)
    rig.publisher.publish(rig.server)
    rig.server.pages.pop("/issuing.crl")
    if page is not None:
        rig.server.pages["/issuing.crl"] = page
    rig.look(anna)
    began = time.monotonic()
    assert sorted(rig.fetch()) == sorted([code, "read"]) and time.monotonic() - began < 20
    assert verdict(rig.look(anna)) == ("pass", "good", "unknown")
    assert rig.fetch() == []
    rig.server.pages["/issuing.crl"] = rig.publisher.crl()
    rig.clock.advance(timedelta(minutes=6))
    assert rig.fetch() == ["read"]


@pytest.mark.parametrize(("name", "code"), [("delta", "delta"), ("indirect", "indirect"), ("key", "wrong-signature"),
                                            ("name", "wrong-signature"), ("future", "not-yet-valid")])
def test_lists_that_are_not_used(name: str, code: str, rig: Rig) -> None:
    """Delta and indirect lists, lists by another key or of another CA, lists of tomorrow."""
    anna, p = rig.publisher.issue(ANNA), rig.publisher
    p.publish(rig.server)
    lists: dict[str, Callable[[], bytes]] = {
        "delta": lambda: p.crl(more=DELTA), "indirect": lambda: p.crl(more=INDIRECT), "key": lambda: p.crl(key=new_key("p256")),
        "name": lambda: p.crl(of_root=True), "future": lambda: p.crl(start=timedelta(days=2))}
    rig.server.pages["/issuing.crl"] = lists[name]()
    rig.look(anna)
    assert sorted(rig.fetch()) == sorted([code, "read"])
    assert verdict(rig.look(anna)) == ("pass", "good", "unknown")


def test_a_list_that_has_ended_still_revokes(rig: Rig) -> None:
    """Nobody is acquitted by time: the revoked stay revoked, the others are unknown."""
    anna, bert = rig.publisher.issue(ANNA), rig.publisher.issue(ANNA)
    rig.publisher.publish(rig.server)
    rig.server.pages["/issuing.crl"] = rig.publisher.crl(anna, start=timedelta(days=-30))
    rig.look(anna)
    assert rig.fetch() == ["read", "read"]
    assert rig.look(anna).reason is SignatureReason.CERTIFICATE_REVOKED and rig.look(bert).revocation == "unknown"


@pytest.mark.parametrize("location", ["http://127.0.0.1:1/", "http://169.254.169.254/latest", "http://[::1]/", "http://10.0.0.1/",
                                      "http://localhost/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/"])
def test_addresses_inside_are_never_asked(location: str, server: Server) -> None:
    """Without the tests' permission nothing but public addresses is connected to, at any hop."""
    code = Fetcher(1.0).get(location).code
    assert code in ("not-public", "bad-url") and server.asked == []


def test_a_proxy_is_asked_instead(server: Server) -> None:
    """With a proxy nobody here resolves or connects: it gets the whole URL, and decides itself."""
    server.pages["http://crl.ca.example/a.crl"] = b"list"
    fetched = Fetcher(1.0, server.url("")).get("http://crl.ca.example/a.crl")
    assert fetched.code == "fetched" and fetched.content is not None and bytes(fetched.content.octets()[:]) == b"list"


@pytest.mark.bench
def test_a_large_list_costs_a_mail_nothing(rig: Rig) -> None:
    """200,000 revoked certificates: prints what reading them costs the fetcher, and what asking costs a mail."""
    anna = rig.publisher.issue(ANNA)
    certificate = read(anna.der)
    assert certificate is not None
    rig.publisher.publish(rig.server)
    rig.server.pages["/issuing.crl"] = content = rig.publisher.crl(anna, filler=200_000)
    rig.look(anna)
    began = time.monotonic()
    assert rig.fetch() == ["read", "read"]
    print(f"\nlist of {len(content) / 1e6:.1f} MB fetched, checked and kept in {time.monotonic() - began:.2f} s")
    question = [question_about(certificate)]
    began = time.monotonic()
    for _ in range(200):
        assert rig.store.revocations.states(question, stale=0) == (RevocationState.REVOKED,)
    print(f"asked in {(time.monotonic() - began) * 5:.3f} ms")


def test_the_daemon_fetches_by_itself_and_never_inside(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As installed: what is stored is asked for after a start, and a list on loopback is refused by its address."""
    monkeypatch.setattr(daemon, "_CONFIGURATION", daemon._CONFIGURATION.replace('mode: "off"', "mode: soft"))
    publisher = Publisher("http://127.0.0.1", NOON)
    anna = publisher.issue(ANNA)
    certificate = read(anna.der)
    assert certificate is not None
    with daemon.Gateway(Authority()) as gateway:
        store = open_store(f"sqlite:///{gateway.home}/state/certificates.db", held_key=b"k" * 32)
        store.certificates.learn(Lesson(certificate=certificate, address=ANNA, message_id=""), usable_from=NOON, at=NOON)
        store.close()
        gateway.reload()
        record = gateway.wait_for("status.fetched", timeout=30)[0]
        assert (record["SMIME_WHY"], record["SMIME_SOURCE"], record["SMIME_URL"]) == (
            "not-public", "crl", "http://127.0.0.1/issuing.crl")
        assert gateway.is_running
