"""One connection of the MTA: callbacks translate events, and one boundary turns every failure into 451."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar

import Milter

from smime_milter.adapters.milter.runtime import Current, Runtime
from smime_milter.adapters.milter.tls import tls_entry
from smime_milter.adapters.milter.writer import apply
from smime_milter.model.errors import OutOfOrder, Refused, Unavailable
from smime_milter.model.inspection import Direction
from smime_milter.model.message import Client, Envelope, Message, TlsSession
from smime_milter.model.outcome import Event, JournalEntry, Outcome, Priority
from smime_milter.model.reply import Reply, Verdict
from smime_milter.model.settings import Oversize, Settings
from smime_milter.notices.replies import later
from smime_milter.pipeline import process, process_oversize, process_unchecked
from smime_milter.pipeline.collect import Collector
from smime_milter.pipeline.finish import keep, write_down
from smime_milter.pipeline.tools import Tools
from smime_milter.policy.direction import direction_of

_NEEDED = Milter.ADDHDRS | Milter.CHGHDRS | Milter.CHGBODY
_CODES = {Verdict.ACCEPT: Milter.CONTINUE, Verdict.TAKE: Milter.DISCARD, Verdict.REJECT: Milter.REJECT,
          Verdict.TEMPFAIL: Milter.TEMPFAIL}
_MACROS = {Milter.M_CONNECT: "j {daemon_name} {client_addr} {client_name}", Milter.M_HELO: "{tls_version} {cipher} {cipher_bits}",
           Milter.M_ENVFROM: "i {auth_authen} {tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer} {verify}",
           Milter.M_EOM: "i"}

Callback = TypeVar("Callback", bound=Callable[..., Any])
_SILENT = frozenset({"header", "eoh", "body", "abort", "close"})   # nobody listens for their answer


def guarded(callback: Callback) -> Callback:
    """The boundary: whatever is raised behind it, the client hears 451 and nothing is printed.

    A callback whose answer nobody hears leaves the 451 to the end of the message.
    """
    is_silent = callback.__name__ in _SILENT

    @wraps(callback)
    def call(session: Session, *arguments: Any) -> Any:
        try:
            return callback(session, *arguments)
        except BaseException as error:  # SystemExit in a callback would end the daemon for everybody
            session.fail(error)
            return int(Milter.CONTINUE) if is_silent else session.say(later())
    return call  # type: ignore[return-value]


@Milter.header_leading_space
class Session(Milter.Base):  # type: ignore[misc]
    """State of one connection. libmilter may call from another thread each time, one at a time."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._runtime: Runtime | None = None
        self._collector = Collector(current.runtime.settings.milter.message_size_limit)
        self._has_failed = False
        self._is_granted = False   # what we need is there
        self._is_usable = False    # and we know who the client is: without, direction would be a guess
        self._has_logged_tls = False
        self._actions = 0
        self._protocol = 0

    @guarded
    def negotiate(self, opts: list[int]) -> int:
        answer: int = super().negotiate(opts)
        if not opts[0] & _NEEDED == _NEEDED or not self._protocol & Milter.P_HDR_LEADSPC:
            raise Refused("the MTA grants too few milter actions")
        if opts[0] & Milter.SETSYMLIST:
            for stage, names in _MACROS.items():
                self._ctx.setsymlist(stage, names)  # pymilter's own wrapper hands bytes to a call that wants text
        self._is_granted = True
        return answer

    @guarded
    def connect(self, hostname: str, family: int, hostaddr: Any) -> int:
        address = hostaddr[0] if isinstance(hostaddr, tuple) and hostaddr else ""
        self._collector.connect(Client(
            # Sendmail writes IPv6:2001:db8::1
            address=(self._macro("{client_addr}") or str(address)).removeprefix("IPv6:"), name=str(hostname),
            listener=self._macro("{daemon_name}")), self._macro("j"))
        self._is_usable = self._is_granted
        return int(Milter.CONTINUE)

    @guarded
    def envfrom(self, sender: str, *parameters: str) -> int:
        self._forget()
        self._has_failed = False
        if not self._is_usable:
            return self.say(later())
        self._note_tls()
        self._runtime = self._current.acquire()
        self._collector.size_limit = self._runtime.settings.milter.message_size_limit
        self._collector.mail(_bare(sender), parameters, self._macro("{auth_authen}"))
        return int(Milter.CONTINUE)

    @guarded
    def envrcpt(self, recipient: str, *parameters: str) -> int:
        self._collector.rcpt(_bare(recipient))
        return int(Milter.CONTINUE)

    @Milter.noreply  # type: ignore[misc]
    @guarded
    def header(self, name: str, value: bytes) -> int:
        if not self._has_failed:
            self._collector.header(name.encode("utf-8", "surrogateescape"), value)
        return int(Milter.CONTINUE)

    header.error_strategy = "bytes"

    @Milter.noreply  # type: ignore[misc]
    @guarded
    def eoh(self) -> int:
        if not self._has_failed:
            self._collector.end_of_headers()
        return int(Milter.CONTINUE)

    @Milter.noreply  # type: ignore[misc]
    @guarded
    def body(self, chunk: bytes) -> int:
        if not self._has_failed and (self._keeps_oversize or not self._collector.is_too_large):
            self._collector.body(chunk)
        return int(Milter.CONTINUE)

    @guarded
    def eom(self) -> int:
        if self._has_failed or self._runtime is None:
            raise OutOfOrder("end of message after a failure")
        is_too_large = self._collector.is_too_large
        envelope, message = self._collector.end_of_message(self._macro("i"))
        return self._settle(self._runtime, envelope, message, is_too_large=is_too_large)

    @guarded
    def abort(self) -> int:
        self._forget()
        return int(Milter.CONTINUE)

    @guarded
    def close(self) -> int:
        self._forget()
        return int(Milter.CONTINUE)

    def fail(self, error: BaseException) -> None:
        """Drop the message and write down what kind of failure it was; never the error's own text."""
        sys.last_type = sys.last_value = sys.last_traceback = None  # they would keep the message alive
        self._has_failed = True
        runtime = self._runtime or self._current.runtime
        with suppress(Exception):  # nothing stands behind this boundary any more
            self._forget()
            runtime.tools(self._progress).journal.record(failure_entry(error, self._macro("i")))

    def say(self, reply: Reply) -> int:
        """Give a reply its words; where the MTA takes none its code must do."""
        if reply.code:
            with suppress(Milter.error):
                self.setreply(reply.code, reply.status, *(line.replace("%", "%%") for line in reply.lines))
        return int(_CODES[reply.verdict])

    def _settle(self, runtime: Runtime, envelope: Envelope, message: Message, *, is_too_large: bool) -> int:
        tools = runtime.tools(self._progress)
        outcome = self._outcome(runtime, envelope, message, is_too_large=is_too_large)
        reference = keep(outcome, tools)
        apply(outcome.plan, message, self)
        self._write_down(runtime.settings, outcome, tools, reference=reference)
        self._forget()
        return self.say(outcome.reply)

    @staticmethod
    def _write_down(settings: Settings, outcome: Outcome, tools: Tools, *, reference: str) -> None:
        """What is not written down does not leave; what comes in is not kept from its reader for that."""
        try:
            write_down(settings, outcome, tools, reference=reference)
        except Exception as error:
            if outcome.facts.direction is Direction.OUTBOUND:
                raise
            tools.journal.record(failure_entry(error, outcome.facts.envelope.queue_id))

    def _outcome(self, runtime: Runtime, envelope: Envelope, message: Message, *, is_too_large: bool) -> Outcome:
        settings, tools = runtime.settings, runtime.tools(self._progress)
        if is_too_large:
            return process_oversize(settings, envelope, message, tools)
        try:
            return process(settings, envelope, message, tools)
        except Exception as error:
            if direction_of(settings.organisation, envelope) is Direction.OUTBOUND:
                raise
            # Our own fault never keeps inbound mail from its reader; what it says is "not checked".
            tools.journal.record(failure_entry(error, envelope.queue_id))
            return process_unchecked(settings, envelope, message, tools)

    @property
    def _keeps_oversize(self) -> bool:
        return self._runtime is not None and self._runtime.settings.milter.oversize is Oversize.HOLD

    def _note_tls(self) -> None:
        if self._has_logged_tls:
            return
        self._has_logged_tls = True
        protocol = self._macro("{tls_version}")
        if protocol:
            self._collector.tls(TlsSession(
                protocol=protocol, cipher=self._macro("{cipher}"), bits=self._macro("{cipher_bits}"),
                subject=self._verified_peer(), issuer=self._macro("{cert_issuer}")))
        self._current.runtime.tools(self._progress).journal.record(tls_entry(self._collector.client))

    def _verified_peer(self) -> str:
        """Sendmail shows the subject of a certificate that failed to verify as well."""
        return self._macro("{cert_subject}") if self._macro("{verify}") in ("", "OK") else ""

    def _progress(self) -> None:
        self.progress()

    def _macro(self, name: str) -> str:
        try:
            value = self.getsymval(name)
        except (UnicodeDecodeError, Milter.error):
            return ""
        return value if isinstance(value, str) else ""

    def _forget(self) -> None:
        self._collector.abort()
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
            runtime.release()


def failure_entry(error: BaseException, queue_id: str) -> JournalEntry:
    """The class of the error and the module that raised it: never its text or locals."""
    where, traceback = "", error.__traceback__
    while traceback is not None:
        where = f"{traceback.tb_frame.f_globals.get('__name__', '')}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    what = error.what if isinstance(error, Unavailable) else type(error).__name__
    return JournalEntry(
        event=Event.FAILED_CLOSED, text=f"mail deferred: {what}", priority=Priority.FAILED_CLOSED,
        fields={"ERROR": type(error).__name__, "WHERE": where, "QUEUE_ID": queue_id, "WHAT": what})


def _bare(address: str) -> str:
    return address[1:-1] if address.startswith("<") and address.endswith(">") else address
