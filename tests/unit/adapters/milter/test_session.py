"""The callbacks and their boundary: whatever happens behind it, the client hears 451 and nobody reads why."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import Milter
import milter
import pytest

from smime_milter.adapters.milter import session
from smime_milter.adapters.milter.runtime import Current
from smime_milter.adapters.milter.session import Session, failure_entry
from smime_milter.model.errors import Unavailable
from smime_milter.model.finding import Level
from smime_milter.model.inspection import Author, Inspection, Opened, Opening, Protection
from smime_milter.model.message import HeaderField
from smime_milter.model.method import Method
from smime_milter.model.outcome import Event
from smime_milter.model.settings import MilterSettings, Oversize, Settings
from smime_milter.model.spool import Spool
from smime_milter.notices import replies
from tests.support.facts import SETTINGS, inspection
from tests.support.fake_context import MACROS, Dialog, FakeContext
from tests.support.fake_tools import FakeInspector, World

SECRET = "Kanarienvogel"
MAIL = b"From: Alice <alice@makler.example>\r\nTo: erika.berger@wwk.de\r\nSubject: " + SECRET.encode() + b"\r\n\r\nText\r\n"
OUR_MAIL = b"From: clerk@wwk.de\r\nTo: anna@makler.example\r\nSubject: " + SECRET.encode() + b"\r\n\r\nText\r\n"
INBOUND = Inspection(authors=(Author("alice@makler.example", "makler.example"),))
SMALL = replace(SETTINGS, milter=MilterSettings(message_size_limit=200))
ONLY_LATER = [("451", "4.3.0", replies.later().lines[0])]


class Strange(Exception):
    """Its text quotes the message, as exceptions of parsers do."""


FAILURES = [
    Strange(SECRET), SystemExit(SECRET), KeyboardInterrupt(SECRET), RecursionError(SECRET), MemoryError(SECRET),
    GeneratorExit(SECRET), Unavailable("store"), UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET), milter.error(SECRET)]


def named(error: object) -> str:
    return type(error).__name__


def world(found: Inspection | BaseException = INBOUND) -> World:
    return World(inspector=FakeInspector(found))


def dialog(of: World, settings: Settings = SETTINGS, context: FakeContext | None = None, **more: Any) -> Dialog:
    return Dialog(Current(of.runtime(settings)), context, **more)


def ours(of: World, settings: Settings = SETTINGS, **fails: BaseException) -> Dialog:
    """A connection of one of our own clients."""
    return dialog(of, settings, FakeContext(macros={**MACROS, "{client_addr}": "127.0.0.1"}, fails=fails))


def send_ours(talk: Dialog, *, recipients: tuple[str, ...] = ("<anna@makler.example>",)) -> int:
    return talk.send(OUR_MAIL, sender="<clerk@wwk.de>", recipients=recipients)


def has_nothing_printed(capfd: pytest.CaptureFixture[str]) -> bool:
    out, err = capfd.readouterr()
    return not out and not err


# What is answered when all is well


def test_inbound_mail_passes_with_our_result() -> None:
    """The MTA's copy gets our two result fields at the top and is accepted."""
    there = world()
    talk = dialog(there)
    assert talk.send(MAIL) == Milter.CONTINUE
    assert [(call, name, index) for call, name, _, index in talk.context.seen] == [
        ("addheader", "X-SMIME-Milter-Result", 0), ("addheader", "Authentication-Results", 0)]
    assert talk.context.replies == [] and there.events() == ["tls.inbound", "decision"]


def test_the_message_arrives_byte_for_byte() -> None:
    """Leading blanks, LF folds and 8-bit octets of a header value, and all body chunks, are those of the client."""
    there = world()
    kept: list[bytes] = []
    original = there.inspector.inspect

    def inspect(envelope: Any, message: Any, wanted: Any) -> Inspection:
        kept.append(bytes(message.raw.octets()[:]))
        return original(envelope, message, wanted)
    setattr(there.inspector, "inspect", inspect)
    talk = dialog(there)
    talk.mail(), talk.rcpt()
    talk.header("From", b"  Alice\n\t<alice@makler.example>")
    talk.header("Subject", b"\xe4\xff\xc3")
    talk.header("X-\xe4", b"")
    talk.eoh(), talk.body(b"a\r\n"), talk.body(b"\0b"), talk.eom()
    assert kept == [b"From:  Alice\r\n\t<alice@makler.example>\r\nSubject:\xe4\xff\xc3\r\nX-\xc3\xa4:\r\n\r\na\r\n\0b"]


def test_several_messages_share_a_connection() -> None:
    """The second message has nothing of the first: not its recipients, not its header fields."""
    there = world()
    talk = dialog(there)
    talk.send(MAIL)
    talk.mail("<bert@kanzlei.example>"), talk.rcpt("<jonas@wwk.at>")
    talk.header("From", b" bert@kanzlei.example"), talk.eoh()
    assert talk.eom() == Milter.CONTINUE
    last = there.journal.entries[-1]
    assert last.addresses == {"SENDER": "bert@kanzlei.example", "RECIPIENT": "jonas@wwk.at"}


@pytest.mark.parametrize(("found", "code", "first"), [
    (inspection(authors=(Author("x@evil.example", "evil.example"),)), Milter.REJECT, "550"),
    (inspection(level=Level.PERSONAL), Milter.DISCARD, None),
    (inspection(), Milter.CONTINUE, None),
    (Unavailable("worker"), Milter.TEMPFAIL, "451"),
])
def test_what_our_own_mail_hears(found: Any, code: int, first: str | None) -> None:
    """Refused is 550, held is 250 with the MTA's copy dropped, fine passes, unknown is 451."""
    talk = ours(world(found))
    assert send_ours(talk) == code
    assert [reply[0] for reply in talk.context.replies] == ([first] if first else [])


def test_held_mail_is_stored_before_the_client_hears_250() -> None:
    """With the store out of reach the client keeps the message."""
    there = world(inspection(level=Level.PERSONAL))
    assert send_ours(ours(there)) == Milter.DISCARD
    assert [mail.sender for mail in there.held.kept.values()] == ["clerk@wwk.de"]
    assert there.journal.entries[-1].fields["HELD"] in there.held.kept
    there.held.is_down = True
    assert send_ours(ours(there)) == Milter.TEMPFAIL


def test_decrypted_mail_is_replaced_in_one_order() -> None:
    """Body, then removals from the last to the first, then additions."""
    opened = Opened(fields=(HeaderField(b"Content-Type", b" text/plain"),), body=Spool.of(b"inside\r\n"))
    talk = dialog(world(replace(INBOUND, opening=Opening.OPENED, opened=opened, protection=Protection.ENVELOPED)))
    talk.send(b"Content-Type: application/pkcs7-mime\r\nFrom: alice@makler.example\r\nMIME-Version: 1.0\r\n\r\nMII\r\n")
    assert [step[:2] for step in talk.context.seen] == [
        ("replacebody", b"inside\r\n"), ("chgheader", "MIME-Version"), ("chgheader", "Content-Type"),
        ("addheader", "X-SMIME-Milter-Result"), ("addheader", "Authentication-Results"),
        ("addheader", "MIME-Version"), ("addheader", "Content-Type")]


# What is answered when something fails


@pytest.mark.parametrize("error", FAILURES, ids=named)
def test_outbound_any_failure_is_451(error: BaseException, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever is raised while our own mail is looked at: 451, nothing printed, nothing kept, the next mail works."""
    there = world(error)
    talk = ours(there)
    assert send_ours(talk) == Milter.TEMPFAIL
    assert talk.context.replies == ONLY_LATER and talk.context.seen == []
    assert has_nothing_printed(capfd)
    assert not any(SECRET in repr(entry) for entry in there.journal.entries)
    assert there.journal.entries[-1].event is Event.FAILED_CLOSED
    there.inspector.found = inspection()
    assert send_ours(talk) == Milter.CONTINUE


@pytest.mark.parametrize("error", [e for e in FAILURES if isinstance(e, Exception)], ids=named)
def test_inbound_our_own_failure_never_keeps_mail_back(error: Exception, capfd: pytest.CaptureFixture[str]) -> None:
    """An error of ours on the way in: the mail passes, marked "not checked"."""
    talk = dialog(world(error))
    assert talk.send(MAIL) == Milter.CONTINUE
    results = [value for call, name, value, *_ in talk.context.seen if name == "Authentication-Results"]
    assert len(results) == 1 and "smime=temperror" in results[0] and "not-checked" in results[0]
    assert has_nothing_printed(capfd)


def test_what_follows_a_mail_never_keeps_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson that cannot be learned, for whatever reason, costs inbound mail nothing; outbound mail waits."""
    def fail(*_: object, **__: object) -> None:
        raise Strange(SECRET)
    monkeypatch.setattr(session, "write_down", fail)
    there = world()
    assert dialog(there).send(MAIL) == Milter.CONTINUE
    assert there.journal.entries[-1].fields["ERROR"] == "Strange" and SECRET not in repr(there.journal.entries)
    assert send_ours(ours(world(inspection()))) == Milter.TEMPFAIL


@pytest.mark.parametrize("error", [e for e in FAILURES if not isinstance(e, Exception)], ids=named)
def test_what_would_end_the_process_does_not(error: BaseException) -> None:
    """SystemExit and its like in a worker thread end one message with 451, inbound too."""
    assert dialog(world(error)).send(MAIL) == Milter.TEMPFAIL


STEPS: dict[str, Callable[[Dialog], int]] = {
    "mail": lambda talk: talk.mail(), "rcpt": lambda talk: talk.rcpt(),
    "header": lambda talk: talk.header("From", b" a@b.example"),
    "end_of_headers": lambda talk: talk.eoh(), "body": lambda talk: talk.body(b"x"), "end_of_message": lambda talk: talk.eom()}
SILENT = {"header", "end_of_headers", "body"}


@pytest.mark.parametrize("where", STEPS)
@pytest.mark.parametrize("error", FAILURES, ids=named)
def test_a_failure_in_any_callback(where: str, error: BaseException, monkeypatch: pytest.MonkeyPatch,
                                   capfd: pytest.CaptureFixture[str]) -> None:
    """451 where the MTA listens; a silent callback stays silent and the end of the message says it; then all is new."""
    there = world()
    talk = dialog(there)

    def fail(*_: object) -> None:
        raise error
    with monkeypatch.context() as patch:
        patch.setattr(type(talk.session._collector), where, fail)
        for name, step in STEPS.items():
            answer = step(talk)
            if name == where:
                assert answer == (Milter.NOREPLY if where in SILENT else Milter.TEMPFAIL)
                break
    for name in list(STEPS)[list(STEPS).index(where) + 1 :]:
        answer = STEPS[name](talk)
        assert answer == (Milter.NOREPLY if name in SILENT else Milter.TEMPFAIL)
    assert has_nothing_printed(capfd) and talk.context.seen == []
    assert talk.send(MAIL) == Milter.CONTINUE


@pytest.mark.parametrize("where", ["abort", "close"])
def test_a_failure_while_tidying_up(where: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody hears what abort and close answer: they never raise, whatever is behind them."""
    talk = dialog(world())

    def fail(*_: object) -> None:
        raise Strange(SECRET)
    monkeypatch.setattr(type(talk.session._collector), "abort", fail)
    assert getattr(talk, where)() == Milter.CONTINUE
    assert has_nothing_printed(capfd)


def test_a_journal_that_fails_does_not_break_the_boundary(capfd: pytest.CaptureFixture[str]) -> None:
    """With even the journal gone the client hears 451."""
    there = world(Strange(SECRET))
    talk = ours(there)
    talk.mail("<clerk@wwk.de>"), talk.rcpt("<anna@makler.example>"), talk.header("From", b" clerk@wwk.de"), talk.eoh()

    def fail(entry: object) -> None:
        raise Strange(SECRET)
    setattr(there.journal, "record", fail)
    assert talk.eom() == Milter.TEMPFAIL
    assert has_nothing_printed(capfd)


def test_the_last_exception_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither sys.last_* nor a frame keeps a message alive that failed."""
    for name in ("last_type", "last_value", "last_traceback"):
        monkeypatch.setattr(sys, name, Strange(SECRET), raising=False)
    there = world()
    spools: list[int] = []

    def inspect(envelope: Any, message: Any, wanted: Any) -> Inspection:
        spools.append(message.raw.fd)
        raise Strange(SECRET)
    monkeypatch.setattr(there.inspector, "inspect", inspect)
    send_ours(ours(there))
    assert sys.last_value is None and sys.last_traceback is None
    with pytest.raises(OSError):
        os.fstat(spools[0])


def test_a_failure_is_told_by_class_and_place_alone() -> None:
    """The record names the exception class and the module and line that raised it, never its text."""
    try:
        raise Strange(SECRET)
    except Strange as error:
        entry = failure_entry(error, "ABC")
    assert entry.fields["ERROR"] == "Strange" and entry.fields["WHERE"].startswith(__name__ + ":")
    assert SECRET not in repr(entry)


@pytest.mark.parametrize("call", ["replacebody", "chgheader", "addheader"])
def test_an_edit_that_fails_half_way_is_451(call: str) -> None:
    """The MTA forgets what was edited when it hears 451: nothing half-edited is delivered."""
    opened = Opened(fields=(HeaderField(b"Content-Type", b" text/plain"),), body=Spool.of(b"inside\r\n"))
    there = world(replace(INBOUND, opening=Opening.OPENED, opened=opened))
    talk = dialog(there, context=FakeContext(fails={call: milter.error("cannot")}))
    assert talk.send(b"Content-Type: a/b\r\nFrom: a@makler.example\r\n\r\nx\r\n") == Milter.TEMPFAIL
    assert there.events()[-1] == "failed-closed" and "decision" not in there.events()


def test_a_reply_the_mta_does_not_take_is_still_a_tempfail() -> None:
    """Where the words cannot be set the code alone does it."""
    talk = ours(world(Strange()), setreply=milter.error("cannot"))
    assert send_ours(talk) == Milter.TEMPFAIL


def test_percent_signs_in_replies_are_doubled() -> None:
    """libmilter ignores a whole reply with a single percent sign in it."""
    talk = dialog(world())
    talk.session.say(replace(replies.later(), lines=("100 % sure",)))
    assert talk.context.replies == [("451", "4.3.0", "100 %% sure")]


@pytest.mark.parametrize("name", ["getsymval"])
def test_macros_that_cannot_be_read(name: str) -> None:
    """A macro that is no UTF-8 is as good as none: it is no reason to defer mail for ever."""
    error = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")
    talk = dialog(world(), context=FakeContext(fails={name: error}))
    assert talk.send(MAIL) == Milter.CONTINUE


# What the MTA grants


@pytest.mark.parametrize("granted", [
    (Milter.ADDHDRS | Milter.CHGHDRS, 0x1FFFFF, 0, 0), (Milter.CHGBODY, 0x1FFFFF, 0, 0), (0, 0, 0, 0),
    (Milter.CURR_ACTS, 0x1FFFFF & ~Milter.P_HDR_LEADSPC, 0, 0)])
def test_too_few_actions_defer_every_mail(granted: tuple[int, ...]) -> None:
    """An MTA that will not let us edit, or alters header values, gets no mail past us."""
    there = world()
    talk = dialog(there, granted=granted)
    assert talk.negotiated == Milter.TEMPFAIL
    assert [talk.mail(), talk.mail()] == [Milter.TEMPFAIL, Milter.TEMPFAIL]
    assert there.events()[0] == "failed-closed"


def test_without_a_client_there_is_no_direction() -> None:
    """MAIL before or after a connect event that failed is deferred: whose mail it is would be a guess."""
    there = world()
    assert dialog(there, is_connected=False).mail() == Milter.TEMPFAIL
    talk = dialog(there, context=FakeContext(fails={"getsymval": Strange()}))
    talk.context.fails = {}
    assert talk.connected == Milter.TEMPFAIL and talk.mail() == Milter.TEMPFAIL


def test_abort_and_close_may_come_at_any_time() -> None:
    """libmilter closes connections that never were, and aborts what never began."""
    talk = dialog(world(), is_connected=False)
    assert [talk.close(), talk.abort(), talk.close()] == [Milter.CONTINUE] * 3


@pytest.mark.parametrize("protocol", [0x1FFFFF, Milter.P_HDR_LEADSPC])
def test_silent_callbacks_answer_nothing_else(protocol: int) -> None:
    """With and without the MTA's consent to silence, whatever fails: NOREPLY or CONTINUE."""
    expected = Milter.NOREPLY if protocol & Milter.P_NR_HDR else Milter.CONTINUE
    talk = dialog(world(), granted=(Milter.CURR_ACTS, protocol, 0, 0))
    assert [talk.header("A", b"x"), talk.eoh(), talk.body(b"x")] == [expected] * 3   # out of order: no MAIL before


def test_events_out_of_order_are_451() -> None:
    """RCPT or the end of a message without MAIL is deferred, and the connection lives on."""
    talk = dialog(world())
    assert [talk.rcpt(), talk.eom()] == [Milter.TEMPFAIL, Milter.TEMPFAIL]
    assert talk.send(MAIL) == Milter.CONTINUE


@pytest.mark.parametrize("address", ["IPv6:::1", "::1", "127.0.0.1"])
def test_sendmails_spelling_of_addresses(address: str) -> None:
    """Sendmail writes IPv6: before an address; the client is one of ours all the same."""
    there = world(inspection())
    talk = dialog(there, context=FakeContext(macros={**MACROS, "{client_addr}": address}))
    send_ours(talk)
    assert there.journal.entries[-1].fields["DIRECTION"] == "outbound"


def test_a_login_makes_the_client_ours() -> None:
    """The login is read for each message: it is there from MAIL on."""
    there = world(inspection())
    talk = dialog(there, context=FakeContext(macros={**MACROS, "{auth_authen}": "clerk"}))
    send_ours(talk)
    del talk.context.macros["{auth_authen}"]
    send_ours(talk)
    decisions = [e.fields["DIRECTION"] for e in there.journal.entries if e.event is Event.DECISION]
    assert decisions == ["outbound", "relayed"]


# TLS, size, reload


def test_tls_is_recorded_once_per_connection() -> None:
    """One record however many messages follow, with what the MTA told at MAIL."""
    there = world()
    macros = {**MACROS, "{tls_version}": "TLSv1.3", "{cipher}": "TLS_AES_256_GCM_SHA384", "{cipher_bits}": "256"}
    talk = dialog(there, context=FakeContext(macros=macros))
    talk.send(MAIL), talk.send(MAIL)
    records = [entry.fields for entry in there.journal.entries if entry.event is Event.TLS_INBOUND]
    assert len(records) == 1 and records[0]["TLS_PROTOCOL"] == "TLSv1.3" and records[0]["TLS_BITS"] == "256"


@pytest.mark.parametrize(("verify", "peer"), [("OK", "/CN=a"), ("", "/CN=a"), ("FAIL", ""), ("NO", "")])
def test_a_peer_that_failed_to_verify_is_nobody(verify: str, peer: str) -> None:
    """Sendmail shows the subject of a certificate that failed as well; Postfix only of one that held."""
    there = world()
    macros = {**MACROS, "{tls_version}": "TLSv1.2", "{cert_subject}": "/CN=a", "{verify}": verify}
    dialog(there, context=FakeContext(macros=macros)).send(MAIL)
    assert there.journal.entries[0].fields.get("TLS_PEER", "") == peer


@pytest.mark.parametrize(("oversize", "code", "first", "kept"), [
    (Oversize.TEMPFAIL, Milter.TEMPFAIL, ["451"], 0), (Oversize.REFUSE, Milter.REJECT, ["552"], 0),
    (Oversize.HOLD, Milter.DISCARD, [], 1)])
def test_oversize(oversize: Oversize, code: int, first: list[str], kept: int) -> None:
    """Beyond the limit nobody looks inside; held mail is kept whole."""
    there = world(AssertionError("looked at"))
    talk = dialog(there, replace(SMALL, milter=replace(SMALL.milter, oversize=oversize)))
    content = b"y" * 200_000
    assert talk.send(MAIL + content) == code
    assert [reply[0] for reply in talk.context.replies] == first and len(there.held.kept) == kept
    assert all(len(mail.raw) == len(MAIL + content) for mail in there.held.kept.values())


def test_too_large_mail_is_not_collected_for_nothing() -> None:
    """What will be refused anyway takes no memory."""
    talk = dialog(world(), SMALL)
    talk.mail(), talk.rcpt(), talk.header("From", b" a@makler.example"), talk.eoh()
    for _ in range(100):
        talk.body(b"y" * 65535)
    assert talk.session._collector._current().size < 2 * 65535
    assert talk.eom() == Milter.TEMPFAIL


def test_a_stopping_daemon_takes_no_new_mail() -> None:
    """While it drains, MAIL hears 451 and the client comes back."""
    there = world()
    current = Current(there.runtime())
    talk = Dialog(current)
    current.is_draining = True
    assert talk.mail() == Milter.TEMPFAIL and talk.context.replies == ONLY_LATER


def test_a_reload_spares_the_message_in_flight() -> None:
    """The old configuration ends with its last message; the next one has the new."""
    before, after = world(), world()
    current = Current(before.runtime())
    talk, idle = Dialog(current), Dialog(current)
    talk.mail(), talk.rcpt(), talk.header("From", b" a@makler.example"), talk.eoh()
    current.replace(after.runtime())
    assert before.closed == 0
    assert talk.eom() == Milter.CONTINUE
    assert before.closed == 1 and "decision" in before.events()
    talk.send(MAIL), idle.send(MAIL)
    assert after.events().count("decision") == 2 and before.events().count("decision") == 1 and after.closed == 0


@pytest.mark.parametrize("end", ["abort", "close", "mail", "fail"])
def test_every_way_out_gives_the_configuration_back(end: str) -> None:
    """RSET, a lost connection, a new MAIL and a failure: none leaves a user of a retired configuration behind."""
    before = world(Strange())
    current = Current(before.runtime())
    talk = Dialog(current)
    talk.mail(), talk.rcpt()
    current.replace(world().runtime())
    if end == "fail":
        talk.session.fail(Strange())
    else:
        getattr(talk, end)()
    assert before.closed == 1


def test_a_sign_of_life_reaches_the_mta() -> None:
    """What the tools get as heartbeat is libmilter's progress."""
    there = world()
    talk = dialog(there)
    there.inspector.meanwhile = lambda: there.heartbeats[-1]()
    talk.send(MAIL)
    assert talk.context.beats == 1


def test_a_refused_method_names_itself() -> None:
    """R12: the reply says what to use instead, and quotes nothing of the mail."""
    talk = dialog(world(replace(INBOUND, method=Method.PGP)))
    assert talk.send(MAIL) == Milter.REJECT
    (reply,) = talk.context.replies
    assert reply[:2] == ("550", "5.7.1") and "S/MIME" in reply[2] and SECRET not in reply[2]


def test_every_protocol_step_we_need_is_asked_for() -> None:
    """Exact header bytes and silence for header, end of headers and body are negotiated."""
    talk = dialog(world())
    assert talk.options[1] & Milter.P_HDR_LEADSPC and talk.options[1] & Milter.P_NR_BODY
    assert Session.header.error_strategy == "bytes"
