"""The `openssl` program as the other side: argument lists, files in a folder of the test."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.pki import Issued


class Disagrees(Exception):
    """openssl did not accept what it was given."""


@dataclass(frozen=True)
class OpenSSL:
    """Runs `openssl cms` in one folder; every result is what it writes to standard output."""

    folder: Path

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, cwd=self.folder, timeout=60)
        if done.returncode:
            raise Disagrees(done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return name

    def sign(self, content: bytes, *signers: Issued, options: tuple[str, ...] = ()) -> bytes:
        """A SignedData in DER (BER with -stream), detached unless `options` say -nodetach."""
        named: list[str] = []
        for number, signer in enumerate(signers):
            named += ["-signer", self.file(f"s{number}.pem", signer.pem), "-inkey", self.file(f"s{number}.key", signer.key_pem)]
        return self.run("cms", "-sign", "-binary", "-outform", "DER", *named, *options, given=content)

    def verify(self, signed: bytes, *, root: bytes, content: bytes | None = None) -> bytes:
        """Verify, detached with `content`, and return the content; raises `Disagrees`."""
        more = [] if content is None else ["-content", self.file("content", content)]
        anchor = self.file("root.pem", root)
        return self.run("cms", "-verify", "-binary", "-inform", "DER", "-CAfile", anchor, *more, given=signed)

    def encrypt(self, content: bytes, *recipients: Issued, options: tuple[str, ...] = ("-aes-256-cbc",)) -> bytes:
        named = [self.file(f"r{number}.pem", recipient.pem) for number, recipient in enumerate(recipients)]
        return self.run("cms", "-encrypt", "-binary", "-outform", "DER", *options, *named, given=content)

    def decrypt(self, enveloped: bytes, recipient: Issued) -> bytes:
        key, certificate = self.file("own.key", recipient.key_pem), self.file("own.pem", recipient.pem)
        return self.run("cms", "-decrypt", "-binary", "-inform", "DER", "-inkey", key, "-recip", certificate, given=enveloped)
