"""A mail server that takes everything and keeps it byte for byte."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.support.ports import free_ports

_LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class Delivered:
    """One message as it arrived: dots unstuffed, nothing else touched."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    options: tuple[str, ...] = ()


class _WideServer(SMTP):  # type: ignore[misc]
    """Takes lines of any length: cutting them is for the MTA under test."""

    line_length_limit = _LONGEST_LINE


class Sink:
    """Runs in a thread of its own; `delivered` may be read at any time.

    `eight_bit=False` hides 8BITMIME; recipients in `refuse` get 550, those in `defer` 451 (both may
    be changed while it runs); `delay` seconds pass before a message is answered.
    """

    def __init__(
        self,
        *,
        eight_bit: bool = True,
        refuse: Collection[str] = (),
        defer: Collection[str] = (),
        delay: float = 0.0,
    ) -> None:
        self.eight_bit = eight_bit
        self.refuse = set(refuse)
        self.defer = set(defer)
        self.delay = delay
        (self.port,) = free_ports(1)
        self._delivered: list[Delivered] = []
        self._arrival = threading.Condition()
        self._controller = _controller(self)

    def __enter__(self) -> Sink:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def delivered(self) -> list[Delivered]:
        with self._arrival:
            return list(self._delivered)

    def clear(self) -> None:
        with self._arrival:
            self._delivered.clear()

    def wait_for(self, count: int, timeout: float = 10.0) -> list[Delivered]:
        """At least this many messages, or TimeoutError that says how many came."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self._delivered) >= count, timeout):
                raise TimeoutError(f"{len(self._delivered)} of {count} messages in {timeout:g} s")
            return list(self._delivered)

    def keep(self, message: Delivered) -> None:
        with self._arrival:
            self._delivered.append(message)
            self._arrival.notify_all()


def _controller(sink: Sink) -> Any:
    class Server(Controller):  # type: ignore[misc]
        def factory(self) -> Any:
            return _WideServer(_Conversation(sink), **self.SMTP_kwargs)

    return Server(None, hostname="127.0.0.1", port=sink.port, data_size_limit=None, enable_SMTPUTF8=True)


class _Conversation:
    """aiosmtpd's hooks; their names are its own."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        hidden = () if self.sink.eight_bit else ("250-8BITMIME", "250-SMTPUTF8")
        return [line for line in responses if line not in hidden]

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.sink.refuse:
            return "550 5.1.1 no such mailbox"
        if address in self.sink.defer:
            return "451 4.2.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.sink.delay:
            await asyncio.sleep(self.sink.delay)
        self.sink.keep(
            Delivered(
                sender=_bare(envelope.mail_from),
                recipients=tuple(envelope.rcpt_tos),
                data=bytes(envelope.original_content),
                options=tuple(envelope.mail_options),
            )
        )
        return "250 2.0.0 kept"


def _bare(sender: str | None) -> str:
    return "" if sender in (None, "<>") else str(sender)
