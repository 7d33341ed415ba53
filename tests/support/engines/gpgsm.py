"""gpgsm of GnuPG, which KMail, Claws Mail and Gpg4win's Outlook plug-in stand on."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA1

from tests.support.engines.algorithms import Encrypting, Signing
from tests.support.engines.engine import Ability, CmsProgram, Program, Verb
from tests.support.openssl import Disagrees, OpenSSL
from tests.support.pki import Authority, Issued

_PASSPHRASE = "probe"
_CIPHERS = {"AES-128-CBC": "AES128", "AES-192-CBC": "AES192", "AES-256-CBC": "AES256", "3DES-CBC": "3DES"}
_HASHES = ("SHA256", "SHA384", "SHA512", "SHA1")
# A locked-down agent asks through the caller instead of a window.
# The key file needs no protection worth a second of work.
_AGENT = "allow-loopback-pinentry\ns2k-count 65536\n"
_GPGSM = "disable-crl-checks\ndisable-dirmngr\nno-secmem-warning\n"


class Gpgsm(CmsProgram):
    """A GNUPGHOME of its own. Keys are brought in when they are first needed."""

    name = "gpgsm"
    can: frozenset[Ability] = frozenset(
        {(verb, f"RSA {name}") for name in _HASHES for verb in (Verb.SIGN, Verb.VERIFY)}
        | {(Verb.VERIFY, f"RSA-PSS {name}") for name in _HASHES[:3]}
        | {(Verb.VERIFY, f"ECDSA {curve}") for curve in ("P-256 SHA256", "P-384 SHA384", "brainpoolP256r1 SHA256")}
        | {(verb, f"RSA, {cipher}") for cipher in _CIPHERS for verb in (Verb.ENCRYPT, Verb.DECRYPT)})

    def __init__(self, folder: Path, authority: Authority) -> None:
        folder.chmod(0o700)
        self._program = Program(folder, {"GNUPGHOME": str(folder)})
        self._openssl = OpenSSL(folder)
        self._known: set[str] = set()
        self._program.file("gpgsm.conf", _GPGSM.encode())
        self._program.file("gpg-agent.conf", _AGENT.encode())
        self._program.file("trustlist.txt", f"{authority.root.fingerprint(SHA1()).hex().upper()} S relax\n".encode())
        # Started by the first question it might come up too late on a busy machine.
        self._program.run("gpgconf", "--launch", "gpg-agent")
        self._program.run("gpgsm", "--batch", "--import", given=authority.root_pem + authority.issuing_pem)

    def close(self) -> None:
        """The agent ends when it is told to."""
        self._program.run("gpgconf", "--kill", "all")

    def version(self) -> str:
        return self._program.run("gpgsm", "--version").decode().split()[2]

    def sign(self, content: bytes, signer: Issued, algorithm: Signing, *, embed: bool = False) -> bytes:
        self._import_key(signer)
        form = "--sign" if embed else "--detach-sign"
        self._ask(form, "--local-user", _name(signer), "--digest-algo", algorithm.digest.upper(), "--include-certs", "-1",
                  "--output", "signed", self._program.file("content", content))
        return self._program.taken("signed")

    def encrypt(self, content: bytes, recipients: tuple[Issued, ...], algorithm: Encrypting) -> bytes:
        named: list[str] = []
        for recipient in recipients:
            self._program.run("gpgsm", "--batch", "--import", given=recipient.pem)
            named += ["--recipient", _name(recipient)]
        self._ask("--encrypt", "--cipher-algo", _CIPHERS[algorithm.content], *named, "--output", "enveloped",
                  self._program.file("content", content))
        return self._program.taken("enveloped")

    def verify(self, signed: bytes, content: bytes | None) -> bytes:
        beside = ["--output", "verified"] if content is None else []
        file = [self._program.file("signed", signed)] + ([] if content is None else [self._program.file("content", content)])
        status = self._ask(*beside, "--verify", *file)
        if "GOODSIG" not in status or "TRUST_FULLY" not in status:
            raise Disagrees(f"gpgsm: {status}")
        return self._program.taken("verified") if content is None else content

    def decrypt(self, enveloped: bytes, recipient: Issued) -> bytes:
        self._import_key(recipient)
        self._ask("--output", "decrypted", "--decrypt", self._program.file("enveloped", enveloped))
        return self._program.taken("decrypted")

    def _ask(self, *arguments: str) -> str:
        """Run it without a terminal and answer with what --status-fd says."""
        done = self._program.result(
            "gpgsm", "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase-fd", "0", "--status-fd", "1", *arguments,
            given=_PASSPHRASE.encode() + b"\n")
        return done.stdout.decode("utf-8", "replace")

    def _import_key(self, issued: Issued) -> None:
        if issued.sha256 in self._known:
            return
        pem, key = self._openssl.file("own.pem", issued.pem), self._openssl.file("own.key", issued.key_pem)
        # 2.2 reads nothing newer than these.
        self._openssl.run("pkcs12", "-export", "-in", pem, "-inkey", key, "-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES",
                          "-macalg", "sha1", "-passout", f"pass:{_PASSPHRASE}", "-out", "own.p12")
        self._ask("--import", "own.p12")
        self._known.add(issued.sha256)


def _name(issued: Issued) -> str:
    """A certificate by its fingerprint, which is what gpgsm calls it."""
    return issued.certificate.fingerprint(SHA1()).hex().upper()
