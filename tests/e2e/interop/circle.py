"""The gateway, its people with keys of every kind, and the engines as their partners' programs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.engines import ENGINES
from tests.support.engines.engine import Engine
from tests.support.mails import mail
from tests.support.people import ERIKA, People
from tests.support.pki import Issued
from tests.support.sink import Delivered
from tests.support.trial import Trial

_RSA_USAGES = ("digital_signature", "key_encipherment")
_USAGES = {"rsa2048": _RSA_USAGES, "ed25519": ("digital_signature",)}
_EC_USAGES = ("digital_signature", "key_agreement")
OWN_KEYS = ("p256", "p384", "p521", "brainpoolP256r1", "ed25519")
PARTNER_KEYS = ("rsa2048", *OWN_KEYS)
# What the partners' domains have in their `partners:` entry; where nobody has a certificate, a PDF may leave readable.
_READABLE = "unreadable_attachments: pass"
_WISHES = {
    "gutachter.example": _READABLE, "opaque.example": f"signature_form: opaque, {_READABLE}",
    "pss.example": "signature: pss", "gcm.example": "content: aes-256-gcm",
    "aes128.example": "content: aes-128-cbc", "oaep.example": "key_transport: oaep",
    "oaepgcm.example": "key_transport: oaep, content: aes-256-gcm"}
_PARTNERS = "partners:\n" + "\n".join(f"  {domain}: {{{wish}}}" for domain, wish in _WISHES.items())
STRANGER = "leserin"  # at whatever domain, she has no certificate: her mail is signed only
PARTNER = "partner"
EC_PARTNER = "elliptisch@gcm.example"


def own_address(key: str) -> str:
    """Whoever has this kind of key on our side."""
    return ERIKA if key == "rsa2048" else f"{key.lower()}@wwk.de"


def partner_address(key: str) -> str:
    return f"{key.lower()}@kanzlei.example"


class Circle(People):
    """Everybody of the samples, and for every kind of key one of us and one partner."""

    def __init__(self) -> None:
        super().__init__()
        self.own |= {own_address(key): self._with_key(own_address(key), key) for key in OWN_KEYS}
        self.partners |= {partner_address(key): self._with_key(partner_address(key), key) for key in PARTNER_KEYS}
        wishful = [f"{PARTNER}@{domain}" for domain in _WISHES]
        self.partners |= {address: self._with_key(address, "rsa2048") for address in wishful}
        self.partners[EC_PARTNER] = self._with_key(EC_PARTNER, "p256")

    def _with_key(self, address: str, kind: str) -> Issued:
        return self.authority.issue(
            address, key=kind, not_before=self._today,
            not_after=self._today + timedelta(days=365), usages=_USAGES.get(kind, _EC_USAGES))


class Workshop:
    """`with Workshop() as shop:` — the gateway behind a Postfix, and every engine in a folder of its own."""

    def __init__(self) -> None:
        self.people = Circle()
        self.trial = Trial(self.people, more=_PARTNERS)
        self._folders = {kind.name: Path(tempfile.mkdtemp(prefix="smi-")) for kind in ENGINES}  # a socket's path must be short
        self.engines: dict[str, Engine] = {}
        self._running = ExitStack()
        self.made = lru_cache(maxsize=None)(self._made)

    def __enter__(self) -> Workshop:
        with ExitStack() as starting:
            starting.callback(self._remove)
            starting.enter_context(self.trial)
            for kind in ENGINES:
                self.engines[kind.name] = engine = kind(self._folders[kind.name], self.people.authority)
                starting.callback(engine.close)
            self._import_partners()
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def from_us(self, sender: str, recipients: str | tuple[str, ...], letter: Letter) -> bytes:
        """What the last recipient gets of a letter that one of us writes; the same one for the same question."""
        return self.made(sender, (recipients,) if isinstance(recipients, str) else recipients, letter)

    def to_us(self, sender: str, recipient: str, message: bytes) -> tuple[Delivered, dict[str, Any]]:
        """What a colleague gets of a partner's message, and the journal's record of the decision."""
        left = self._sent(sender, (recipient,), message, client="outside")
        return left, self.trial.gateway.records("decision")[-1]

    def _made(self, sender: str, recipients: tuple[str, ...], letter: Letter) -> bytes:
        return self._sent(sender, recipients, letter(sender, recipients), client="inside").data

    def _sent(self, sender: str, recipients: tuple[str, ...], message: bytes, *, client: str) -> Delivered:
        before = len(self.trial.sink.delivered)
        replies = self.trial.postfix.send(sender, list(recipients), message, client=client)
        assert replies.is_accepted, f"refused: {replies.code} {replies.text}"
        decision = self.trial.gateway.records("decision")[-1]
        assert decision["SMIME_DECISION"] != "held", f"held: {decision['SMIME_REASON']}"
        arrived = before
        while True:  # the gateway may have made several messages of it
            arrived += 1
            left = self.trial.sink.wait_for(arrived)[arrived - 1]
            if recipients[-1] in left.recipients:
                return left

    def _import_partners(self) -> None:
        folder = self._folders[ENGINES[0].name]
        files = []
        for number, address in enumerate(self.people.partners):
            file = folder / f"partner{number}.pem"
            file.write_bytes(self.people.partners[address].pem)
            files.append(str(file))
        self.trial.gateway.command("certs", "import", *files)

    def _remove(self) -> None:
        for folder in self._folders.values():
            shutil.rmtree(folder, ignore_errors=True)


Letter = Callable[[str, tuple[str, ...]], bytes]


def written(
    entity: bytes, sender: str, recipients: tuple[str, ...], *, subject: str = "Termin", ago: timedelta = timedelta()
) -> bytes:
    """A mail that was written just now, or a while ago."""
    return mail(sender, recipients, entity, subject=subject, date=format_datetime(datetime.now(timezone.utc) - ago))
