"""What the worker asks of the daemon while it works on one message."""

from __future__ import annotations

import socket

from smime_milter.model import frames
from smime_milter.model.keys import KeyTransport
from smime_milter.model.plain import NotPlain
from smime_milter.model.requests import (
    Ask, BytesAnswer, IssuersAnswer, IssuersAsk, RevocationAnswer, RevocationAsk, SignAsk, UnwrapAsk)
from smime_milter.model.revocation import RevocationState, StatusQuestion


class DaemonGone(Exception):
    """The daemon closed the channel: there is nobody left to work for."""


class Daemon:
    """The other end of the channel. Private keys stay there; only results come over."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def sign(self, attributes: bytes, signature: str = "rsa") -> bytes:
        """Signature over the DER signed attributes by the key of this message's author."""
        value = self._bytes(SignAsk(attributes, signature))
        if value is None:
            raise DaemonGone("no signature")
        return value

    def unwrap(self, transports: tuple[KeyTransport, ...]) -> bytes | None:
        """The content-encryption key, if every envelope recipient holds a key for it."""
        return self._bytes(UnwrapAsk(transports))

    def issuers(self, subject_der: bytes) -> tuple[bytes, ...]:
        """Intermediate certificates of this name that other mail brought."""
        answer = self._answer(IssuersAsk(subject_der))
        return answer.certificates if isinstance(answer, IssuersAnswer) else ()

    def revocation(self, questions: tuple[StatusQuestion, ...]) -> tuple[RevocationState, ...]:
        """What the cache knows of these certificates, one state each."""
        answer = self._answer(RevocationAsk(questions))
        states = answer.states if isinstance(answer, RevocationAnswer) else ()
        return states if len(states) == len(questions) else (RevocationState.UNKNOWN,) * len(questions)

    def _bytes(self, ask: Ask) -> bytes | None:
        answer = self._answer(ask)
        return answer.value if isinstance(answer, BytesAnswer) else None

    def _answer(self, ask: Ask) -> object:
        try:
            frames.send(self._channel, ask)
            return frames.receive(self._channel)
        except (OSError, NotPlain):
            raise DaemonGone("channel") from None
