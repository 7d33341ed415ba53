"""The LMTP server to which the MTA hands sealed messages: one answer per recipient. RFC 2033"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.lmtp import LMTP

from smime_milter.model.reply import Reply
from smime_milter.model.sealed import DeliveryOptions, Forwarded
from smime_milter.model.spool import Spool

HandOut = Callable[[Forwarded], Sequence[Reply]]

_AT_ONCE = 4
_PATIENCE = 900.0     # seconds; a large message takes its time
_PATH = re.compile(r"(?:FROM|TO):[ ]?<(.*?)>(?: (.*))?", re.IGNORECASE)
# RFC 6152, RFC 6531, RFC 3461, RFC 2034
_GREETING = "\r\n".join(("250-localhost", "250-8BITMIME", "250-SMTPUTF8", "250-DSN", "250 ENHANCEDSTATUSCODES"))
_LATER = "451 4.3.0 Temporary failure"
_SYNTAX = "501 5.5.4 Syntax"
_OUT_OF_ORDER = "503 5.5.1 Out of order"


def serve(listener: socket.socket, hand_out: HandOut, ended: Callable[[], None]) -> threading.Thread:
    """Answer on this socket until the process ends; `hand_out` runs in threads of its own."""
    # Its messages would show addresses.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)

    def run() -> None:
        try:
            _run(listener, hand_out)
        finally:
            ended()
    thread = threading.Thread(target=run, name="splitter", daemon=True)
    thread.start()
    return thread


def _run(listener: socket.socket, hand_out: HandOut) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="splitter")
    conversation = _Conversation(hand_out, threads)
    loop.run_until_complete(loop.create_unix_server(
        lambda: _Session(conversation, hostname="localhost", ident="smime-milter splitter", data_size_limit=None,
                         enable_SMTPUTF8=True, timeout=_PATIENCE, loop=loop), sock=listener))
    loop.run_forever()


class _Session(LMTP):  # type: ignore[misc]
    """aiosmtpd's LMTP with the envelope letter for letter, and with the parameters of RFC 3461."""

    line_length_limit = command_size_limit = 4096

    async def smtp_LHLO(self, arg: str | None) -> None:
        self._set_rset_state()
        self.session.extended_smtp = True
        self.session.host_name = arg or None
        await self.push(_GREETING if arg else _SYNTAX)

    async def smtp_MAIL(self, arg: str | None) -> None:
        path = _PATH.fullmatch(arg or "")
        if self.session.host_name is None or self.envelope.mail_from is not None:
            answer = _OUT_OF_ORDER
        elif path is None:
            answer = _SYNTAX
        else:
            self.envelope.mail_from = path[1]
            self.envelope.mail_options.extend((path[2] or "").split())
            answer = "250 2.1.0 Ok"
        await self.push(answer)

    async def smtp_RCPT(self, arg: str | None) -> None:
        path = _PATH.fullmatch(arg or "")
        if self.envelope.mail_from is None:
            answer = _OUT_OF_ORDER
        elif path is None or not path[1]:
            answer = _SYNTAX
        else:
            self.envelope.rcpt_tos.append(path[1])
            self.envelope.rcpt_options.append(tuple((path[2] or "").split()))
            answer = "250 2.1.5 Ok"
        await self.push(answer)


class _Conversation:
    """aiosmtpd's hooks; their names are its own."""

    def __init__(self, hand_out: HandOut, threads: ThreadPoolExecutor) -> None:
        self._hand_out = hand_out
        self._threads = threads

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        forwarded = _forwarded(envelope)
        # RFC 2033 §4.2: one reply for each successful RCPT, in their order
        try:
            replies = await asyncio.get_running_loop().run_in_executor(self._threads, self._hand_out, forwarded)
            return "\r\n".join(map(written, replies))
        except Exception:
            return "\r\n".join([_LATER] * len(forwarded.recipients))

    async def handle_exception(self, error: Exception) -> str:
        """The error's own text could hold an address."""
        return _LATER


def written(reply: Reply) -> str:
    """A reply as it stands on the wire, its lines joined as RFC 5321 §4.2.1 says."""
    lines = reply.lines or ("",)
    marks = ["-"] * (len(lines) - 1) + [" "]
    return "\r\n".join(f"{reply.code}{mark}{reply.status} {line}" for mark, line in zip(marks, lines))


def _forwarded(envelope: Any) -> Forwarded:
    recipients = tuple(envelope.rcpt_tos)
    return Forwarded(
        sender=envelope.mail_from, recipients=recipients, content=Spool.of(envelope.original_content),
        options=DeliveryOptions(mail=tuple(envelope.mail_options), recipients=dict(zip(recipients, envelope.rcpt_options))))
