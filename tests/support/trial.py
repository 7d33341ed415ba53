"""Postfix, milter, sink and throw-away CA together, and one sample at a time sent through them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from tests.samples.catalogue import Made, Sample
from tests.support.daemon import Gateway
from tests.support.mails import altered, clear_signed, encrypted, opaque_signed
from tests.support.people import People
from tests.support.postfix import PrivatePostfix
from tests.support.sink import Delivered, Sink
from tests.support.smtp_client import Transcript

_PATIENCE = 10.0
_ARRIVES = frozenset({"encrypted", "already-encrypted", "signed", "unchanged", "decrypted"})
Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Observation:
    """All that was seen of one sample. `sent` is what the client handed over, `left` what the sink got."""

    sample: Sample
    sent: bytes
    replies: Transcript
    left: tuple[Delivered, ...]
    decisions: tuple[Record, ...]
    tls: tuple[Record, ...]
    learned: tuple[Record, ...]
    failures: tuple[Record, ...] = ()
    seconds: float = field(default=0.0)

    @property
    def decision(self) -> Record:
        """The record of the strictest recipient, or an empty one."""
        return next((d for d in self.decisions if d.get("SMIME_REASON") != "mixed-recipients"), {})


class Trial:
    """`with Trial() as trial:` — everything runs; afterwards nothing does."""

    def __init__(self, people: People | None = None, *, sink: Sink | None = None, splits: bool = False, **gateway: Any) -> None:
        self.people = people or People()
        self.sink = sink or Sink()
        self.postfix = PrivatePostfix(relay_port=self.sink.port)
        self.gateway = Gateway(self.people.authority, submit_port=self.postfix.behind, own=self.people.own,
                               mail_config=self.postfix.config, **gateway)
        self.postfix.ask(self.gateway.socket, split=self.gateway.split_socket if splits else "")
        self._running = ExitStack()

    def __enter__(self) -> Trial:
        with ExitStack() as starting:
            for server in (self.sink, self.postfix, self.gateway):
                starting.enter_context(server)  # type: ignore[arg-type]
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def run(self, sample: Sample) -> Observation:
        """Send one sample and wait until the milter has decided and, where it should, the mail has arrived."""
        octets = prepared(sample, self.people)
        before = self._counts()
        start = time.monotonic()
        replies = self.postfix.send(
            sample.sender, list(sample.recipients), octets, tls=sample.has_tls,
            client="outside" if sample.is_outside else "inside")
        self._wait(sample, replies, before)
        return self._observed(sample, octets, replies, before=before, seconds=time.monotonic() - start)

    def retry_held(self) -> list[Delivered]:
        """`smime-milter held retry --all`: the messages that left because of it."""
        before = len(self.sink.delivered)
        self.gateway.command("held", "retry", "--all")
        self.postfix.wait_until_empty()
        return self.sink.delivered[before:]

    def held(self) -> dict[str, Any]:
        """What `smime-milter held list` knows, by reference."""
        listed = self.gateway.command("held", "list", "--json")
        return {row["reference"]: row for row in json.loads(listed.stdout)}

    def waiting(self) -> list[str]:
        """The Message-IDs of held mail that still waits for at least one recipient."""
        return [row["message_id"] for row in self.held().values() if any(s.startswith("waiting") for s in row["states"])]

    def _counts(self) -> dict[str, int]:
        events = ("decision", "tls.inbound", "certificate.learned", "failed-closed")
        return {event: len(self.gateway.records(event)) for event in events} | {"left": len(self.sink.delivered)}

    def _wait(self, sample: Sample, replies: Transcript, before: dict[str, int]) -> None:
        """Until it has arrived, if it should, and nothing is under way; what is missing shows in the observation."""
        if sample.expected.outcome in _ARRIVES and replies.is_accepted:
            until = time.monotonic() + _PATIENCE
            while not self._left(sample, before["left"]) and time.monotonic() < until:
                with suppress(TimeoutError):
                    self.sink.wait_for(len(self.sink.delivered) + 1, timeout=0.1)
        self.postfix.wait_until_empty()

    def _left(self, sample: Sample, since: int) -> tuple[Delivered, ...]:
        """What arrived of this mail, and not what waited for it: a signed mail lets held ones out."""
        name = message_id(sample.octets)
        return tuple(message for message in self.sink.delivered[since:] if message_id(message.data) == name)

    def _observed(
        self, sample: Sample, octets: bytes, replies: Transcript, *, before: dict[str, int], seconds: float
    ) -> Observation:
        def news(event: str) -> tuple[Record, ...]:
            return tuple(self.gateway.records(event)[before[event]:])
        return Observation(
            sample=sample, sent=octets, replies=replies, left=self._left(sample, before["left"]),
            decisions=news("decision"), tls=news("tls.inbound"), learned=news("certificate.learned"),
            failures=news("failed-closed"), seconds=seconds)


def message_id(octets: bytes) -> bytes:
    """The Message-ID in the header section, b"" if there is none."""
    head = octets.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return next((line.partition(b":")[2].strip() for line in head if line.lower().startswith(b"message-id:")), b"")


def prepared(sample: Sample, people: People) -> bytes:
    """The sample as its sender's mail program hands it over."""
    octets = sample.octets
    keys = [people.of(address) for address in sample.encrypted_to]
    match sample.made:
        case Made.AS_IT_IS:
            return octets
        case Made.SIGNED:
            return clear_signed(octets, people.of(sample.sender))
        case Made.OPAQUE:
            return opaque_signed(octets, people.of(sample.sender))
        case Made.ALTERED:
            return altered(clear_signed(octets, people.of(sample.sender)), *sample.alter)
        case Made.ENCRYPTED:
            return encrypted(octets, *keys)
        case Made.SIGNED_AND_ENCRYPTED:
            return encrypted(clear_signed(octets, people.of(sample.sender)), *keys)
