"""Bouncy Castle, the library of most Java gateways: the most complete second engine."""

from __future__ import annotations

import subprocess
from functools import cached_property
from pathlib import Path

from tests.support.engines.algorithms import ENCRYPTIONS, SIGNATURES, Encrypting, Signing
from tests.support.engines.engine import Ability, CmsProgram, Program, Verb
from tests.support.openssl import Disagrees
from tests.support.pki import Authority, Issued

_SOURCE = Path(__file__).with_name("BouncyCastle.java")
_JARS = ":".join(f"/usr/share/java/{name}.jar" for name in ("bcmail", "bcpkix", "bcutil", "bcprov"))
# 1.72: no RFC 8418, and no key agreement for reading AuthEnvelopedData; a longest salt nobody asks it for.
_ENCRYPTS_NOT = {"X25519, AES-256-CBC"}
_DECRYPTS_NOT = _ENCRYPTS_NOT | {a.name for a in ENCRYPTIONS if a.wrap.startswith("ec") and a.content.endswith("GCM")}
_SIGNS_NOT = {"RSA-PSS SHA256 longest salt"}


class BouncyCastle(CmsProgram):
    """The program beside this file, compiled when it is first needed; one JVM answers all questions."""

    name = "Bouncy Castle"
    can: frozenset[Ability] = frozenset(
        {(Verb.SIGN, a.name) for a in SIGNATURES if a.name not in _SIGNS_NOT} | {(Verb.VERIFY, a.name) for a in SIGNATURES}
        | {(Verb.ENCRYPT, a.name) for a in ENCRYPTIONS if a.name not in _ENCRYPTS_NOT}
        | {(Verb.DECRYPT, a.name) for a in ENCRYPTIONS if a.name not in _DECRYPTS_NOT})

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._files = Program(folder)
        self._files.file("root.pem", authority.root_pem)
        self._files.file("issuing.pem", authority.issuing_pem)

    @cached_property
    def _java(self) -> subprocess.Popen[str]:
        self._files.run("javac", "-nowarn", "-cp", _JARS, "-d", ".", str(_SOURCE))
        return subprocess.Popen(
            ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{_JARS}:.", _SOURCE.stem], cwd=self._files.folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})

    def close(self) -> None:
        """The program ends with its input."""
        if "_java" in self.__dict__:
            self._java.communicate(timeout=20)

    def version(self) -> str:
        return self._files.run("dpkg-query", "-W", "-f=${source:Upstream-Version}", "libbcmail-java").decode()

    def sign(self, content: bytes, signer: Issued, algorithm: Signing, *, embed: bool = False) -> bytes:
        files = [self._files.file("content", content), *self._own(signer), "issuing.pem", "signed"]
        self._ask("sign", *files, algorithm.digest.upper(), algorithm.padding, "embed" if embed else "")
        return self._files.taken("signed")

    def encrypt(self, content: bytes, recipients: tuple[Issued, ...], algorithm: Encrypting) -> bytes:
        named = [self._files.file(f"r{number}.pem", recipient.pem) for number, recipient in enumerate(recipients)]
        self._ask("encrypt", self._files.file("content", content), "enveloped", _cipher(algorithm), algorithm.wrap,
                  algorithm.hash.upper(), "cofactor" if algorithm.wrap == "eccdh" else "", *named)
        return self._files.taken("enveloped")

    def verify(self, signed: bytes, content: bytes | None) -> bytes:
        beside = "-" if content is None else self._files.file("content", content)
        self._ask("verify", self._files.file("signed", signed), beside, "root.pem", "issuing.pem", "verified")
        return self._files.taken("verified") if content is None else content

    def decrypt(self, enveloped: bytes, recipient: Issued) -> bytes:
        self._ask("decrypt", self._files.file("enveloped", enveloped), *self._own(recipient), "decrypted")
        return self._files.taken("decrypted")

    def _own(self, issued: Issued) -> tuple[str, str]:
        return self._files.file("own.pem", issued.pem), self._files.file("own.key", issued.key_pem)

    def _ask(self, *question: str) -> str:
        assert self._java.stdin is not None and self._java.stdout is not None
        self._java.stdin.write("\t".join(question) + "\n")
        self._java.stdin.flush()
        word, _, answer = self._java.stdout.readline().strip().partition(" ")
        if word != "ok":
            raise Disagrees(f"Bouncy Castle: {answer}")
        return answer


def _cipher(algorithm: Encrypting) -> str:
    return "DES_EDE3_CBC" if algorithm.content == "3DES-CBC" else algorithm.content.replace("-", "", 1).replace("-", "_")
