"""A worker in a thread of the test, served over a socket pair: the real protocol without the sandbox."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from smime_milter.adapters.keys.files import FileKeys
from smime_milter.mime.message_file import split_message
from smime_milter.model import frames
from smime_milter.model.certificate import TrustAnchor
from smime_milter.model.inspection import Inspection, Wanted
from smime_milter.model.keys import OwnKey
from smime_milter.model.message import Message
from smime_milter.model.recipe import Built, EncryptionRecipe, Recipe, SignatureForm, SigningRecipe
from smime_milter.model.requests import (
    BuildRequest, BytesAnswer, InspectRequest, IssuersAnswer, IssuersAsk, SignAsk, Start, UnwrapAsk)
from smime_milter.worker.asks import Daemon
from smime_milter.worker.build import build
from smime_milter.worker.inspect import inspect
from smime_milter.worker.state import state_of
from tests.support.pki import Authority, Issued

NOW = 1795518000     # 2026-11-24 11:00 UTC
LIMIT = 768 * 1024 * 1024
OURS = "mail.wwk.de"
CHECKED = Wanted(scan=False, verify=True, decrypt=True, at=NOW)
SCANNED = Wanted(scan=True, verify=False, decrypt=False, at=NOW)


def start_with(*anchors: bytes, memory_limit: int = LIMIT) -> Start:
    return Start(
        anchors=tuple(TrustAnchor(der) for der in anchors), own_domains=("wwk.de", "wwk.at"), policy_numbers=(),
        subject_marks=("[signiert]",),
        exempt_correspondents=True, memory_limit=memory_limit, cpu_limit=120, message_size_limit=64 * 1024 * 1024)


def request_for(message: Message, wanted: Wanted = CHECKED) -> InspectRequest:
    return InspectRequest(raw=message.raw, field_ends=message.field_ends(), wanted=wanted, authserv_id=OURS)


class Answering:
    """The daemon's side of the channel: answers every ask out of what the test gives it, and counts them."""

    def __init__(self, *, sign: Callable[[bytes], bytes | None] = lambda data: None,
                 unwrap: Callable[[Any], bytes | None] = lambda transports: None, issuers: tuple[bytes, ...] = ()) -> None:
        self._sign, self._unwrap, self._issuers = sign, unwrap, issuers
        self.asked: list[str] = []

    def answer(self, channel: socket.socket) -> None:
        while (ask := frames.receive(channel)) is not None:
            self.asked.append(type(ask).__name__)
            match ask:
                case SignAsk():
                    frames.send(channel, BytesAnswer(self._sign(ask.attributes)))
                case UnwrapAsk():
                    frames.send(channel, BytesAnswer(self._unwrap(ask.transports)))
                case IssuersAsk():
                    frames.send(channel, IssuersAnswer(self._issuers))


@contextmanager
def asking(answering: Answering) -> Iterator[Daemon]:
    """What a worker talks to, with the answers given in another thread."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=answering.answer, args=(ours,))
    thread.start()
    try:
        yield Daemon(theirs)
    finally:
        theirs.close()
        thread.join()
        ours.close()


def inspected(mail: bytes, authority: Authority, wanted: Wanted = CHECKED, *, answering: Answering | None = None,
              anchors: tuple[bytes, ...] = ()) -> Inspection:
    """What the worker finds out about a message, in this thread."""
    state = state_of(start_with(*(anchors or (authority.root_der,))))
    with asking(answering or Answering()) as daemon:
        return inspect(request_for(split_message(mail), wanted), state, daemon)


def checked_at(at: int) -> Wanted:
    return replace(CHECKED, at=at)


def unwrapping(keys: FileKeys, *recipients: str) -> Answering:
    return Answering(unwrap=lambda transports: keys.unwrap(recipients, transports))


def recipe(*, signer: Issued | None = None, recipients: tuple[Issued, ...] = (), form: SignatureForm = SignatureForm.CLEAR,
           protected: tuple[str, ...] = ()) -> Recipe:
    return Recipe(
        signing=SigningRecipe(form=form, chain=signer.chain, signing_time=NOW) if signer else None,
        encryption=EncryptionRecipe(certificates=tuple(r.der for r in recipients)) if recipients else None,
        protected_fields=protected)


def built(mail: bytes, wish: Recipe, signer: Issued | None = None) -> tuple[Built, Answering]:
    """What the worker makes of a message, and what it asked for meanwhile."""
    answering = Answering(sign=lambda data: signer.sign(data) if signer else None)
    with asking(answering) as daemon:
        return build(BuildRequest(raw=split_message(mail).raw, recipe=wish), daemon), answering


def whole(result: Built, *outer: bytes) -> bytes:
    """The message as it would leave: some outer lines, the fields, the body."""
    return b"".join(line + b"\r\n" for line in outer) + b"".join(f.line() for f in result.fields) + b"\r\n" + bytes(
        result.body.octets()[:])


def own_key(name: str, issued: Issued) -> OwnKey:
    from tests.support.fakes_keys import held
    return held(name, issued).own
