"""What every other S/MIME program is to the tests: it signs, encrypts, and reads what it is given."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from tests.support.engines.algorithms import Encrypting, Signing
from tests.support.engines.envelope import content_and_signature, enveloped_data, is_enveloped, is_signed
from tests.support.openssl import Disagrees
from tests.support.pki import Authority, Issued


class Verb(Enum):
    """What an engine does with an algorithm."""

    SIGN = "sign"
    VERIFY = "verify"
    ENCRYPT = "encrypt"
    DECRYPT = "decrypt"


Ability = tuple[Verb, str]  # the name of an algorithm


@dataclass(frozen=True)
class Reading:
    """What was inside, and whether there was a signature that holds and an envelope that opened."""

    entity: bytes
    is_signed: bool
    is_encrypted: bool


class Engine(Protocol):
    """Made for a folder of its own and the CA it is to trust; `with engine:` ends what it started."""

    name: str
    can: frozenset[Ability]

    def __init__(self, folder: Path, authority: Authority) -> None: ...

    def close(self) -> None:
        """End every process it started."""

    def version(self) -> str:
        """As the program tells it."""

    def sign(self, content: bytes, signer: Issued, algorithm: Signing, *, embed: bool = False) -> bytes:
        """A SignedData with the issuing CA's certificate, detached unless `embed`."""

    def encrypt(self, content: bytes, recipients: tuple[Issued, ...], algorithm: Encrypting) -> bytes:
        """An EnvelopedData or AuthEnvelopedData."""

    def read(self, message: bytes, recipient: Issued | None = None) -> Reading:
        """Open with the recipient's key and verify up to the CA, whatever there is; raises `Disagrees`."""


class CmsProgram:
    """An engine that knows CMS and nothing of MIME: its `read` unpacks the message for it."""

    def verify(self, signed: bytes, content: bytes | None) -> bytes:
        """The content, which is given if the signature is detached; raises `Disagrees`."""
        raise NotImplementedError

    def decrypt(self, enveloped: bytes, recipient: Issued) -> bytes:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing runs between calls."""

    def read(self, message: bytes, recipient: Issued | None = None) -> Reading:
        entity, was_encrypted = message, is_enveloped(message)
        if was_encrypted:
            if recipient is None:
                raise Disagrees("nobody is there to open it")
            entity = self.decrypt(enveloped_data(message), recipient)
        was_signed = is_signed(entity)
        if was_signed:
            content, signature = content_and_signature(entity)
            entity = self.verify(signature, content)
        return Reading(entity, was_signed, was_encrypted)


@dataclass(frozen=True)
class Program:
    """Runs commands in one folder without a shell; whatever they say on failure is raised as `Disagrees`."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        return self.result(*arguments, given=given).stdout

    def result(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.folder), **self.environment}
        done = subprocess.run(arguments, input=given, capture_output=True, cwd=self.folder, env=environment, timeout=60)
        if done.returncode:
            raise Disagrees(f"{arguments[0]}: {done.stderr.decode('utf-8', 'replace').strip()} (exit status {done.returncode})")
        return done

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return name

    def taken(self, name: str) -> bytes:
        """What a command wrote to this file, which is gone afterwards."""
        octets = (self.folder / name).read_bytes()
        (self.folder / name).unlink()
        return octets
