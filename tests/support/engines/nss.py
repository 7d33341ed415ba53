"""NSS through its command line: the library inside Thunderbird, with cmsutil as its mail program."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.engines.algorithms import Encrypting, Signing
from tests.support.engines.engine import Ability, CmsProgram, Program, Verb
from tests.support.openssl import Disagrees, OpenSSL
from tests.support.pki import Authority, Issued

_CURVES = ("P-256 SHA256", "P-384 SHA384", "P-521 SHA512")
_HASHES = ("SHA256", "SHA384", "SHA512", "SHA1")
_CBC = ("AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "3DES-CBC")


class NSS(CmsProgram):
    """A database of its own without a password. Certificates and keys are brought in when they are first needed."""

    name = "NSS"
    # cmsutil encrypts with AES-128 to whom it knows nothing about, and has no option for another.
    can: frozenset[Ability] = frozenset(
        {(verb, f"RSA {name}") for name in _HASHES for verb in (Verb.SIGN, Verb.VERIFY)}
        | {(Verb.VERIFY, f"RSA-PSS {name}") for name in (*_HASHES[:3], "SHA256 longest salt")}
        | {(verb, f"ECDSA {curve}") for curve in _CURVES for verb in (Verb.SIGN, Verb.VERIFY)}
        | {(Verb.DECRYPT, f"RSA, {cipher}") for cipher in _CBC} | {(Verb.ENCRYPT, "RSA, AES-128-CBC")})

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        self._program = Program(folder)
        self._openssl = OpenSSL(folder)
        self._known: set[str] = set()
        self._program.run("certutil", "-N", "-d", "sql:.", "--empty-password")
        for name, trust, pem in (("root", "CT,CT,CT", authority.root_pem), ("issuing", ",,", authority.issuing_pem)):
            self._program.run("certutil", "-A", "-d", "sql:.", "-t", trust, "-n", name, "-i", self._program.file("ca.pem", pem))

    def version(self) -> str:
        package = self._program.run("dpkg-query", "-W", "-f=${source:Upstream-Version}", "libnss3-tools")
        return package.decode()

    def sign(self, content: bytes, signer: Issued, algorithm: Signing, *, embed: bool = False) -> bytes:
        form = [] if embed else ["-T"]
        self._cmsutil("-S", *form, "-G", "-P", "-N", self.with_key(signer), "-H", algorithm.digest.upper(),
                      "-i", self._program.file("content", content), "-o", "signed")
        return self._program.taken("signed")

    def encrypt(self, content: bytes, recipients: tuple[Issued, ...], algorithm: Encrypting) -> bytes:
        named = ",".join(self._with_certificate(recipient) for recipient in recipients)
        self._cmsutil("-E", "-r", named, "-i", self._program.file("content", content), "-o", "enveloped")
        return self._program.taken("enveloped")

    def verify(self, signed: bytes, content: bytes | None) -> bytes:
        beside = [] if content is None else ["-c", self._program.file("content", content)]
        file = self._program.file("signed", signed)
        # The exit status is 0 for bad signatures too.
        told = self._cmsutil("-D", "-n", "-h", "1", "-i", file, *beside).decode("utf-8", "replace")
        if re.findall(r"status=(\w+)", told) != ["GoodSignature"]:
            raise Disagrees(f"cmsutil: {told}")
        return self._cmsutil("-D", "-i", file) if content is None else content

    def decrypt(self, enveloped: bytes, recipient: Issued) -> bytes:
        self.with_key(recipient)
        return self._cmsutil("-D", "-i", self._program.file("enveloped", enveloped))

    def _cmsutil(self, *arguments: str) -> bytes:
        return self._program.run("cmsutil", *arguments[:1], "-d", "sql:.", *arguments[1:])

    def with_key(self, issued: Issued) -> str:
        """The nickname of this certificate, whose key is there now."""
        name = issued.sha256[:16]
        if f"{name} key" not in self._known:
            pem, key = self._openssl.file("own.pem", issued.pem), self._openssl.file("own.key", issued.key_pem)
            self._openssl.run("pkcs12", "-export", "-name", name, "-in", pem, "-inkey", key, "-passout", "pass:probe",
                              "-out", "own.p12")
            self._program.run("pk12util", "-d", "sql:.", "-i", "own.p12", "-W", "probe", "-K", "")
            self._known |= {name, f"{name} key"}
        return name

    def _with_certificate(self, issued: Issued) -> str:
        name = issued.sha256[:16]
        if name not in self._known:
            file = self._program.file("other.pem", issued.pem)
            self._program.run("certutil", "-A", "-d", "sql:.", "-t", ",,", "-n", name, "-i", file)
            self._known.add(name)
        return name
