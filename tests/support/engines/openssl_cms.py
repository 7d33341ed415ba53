"""`openssl cms`: the program most gateways are built on."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.support.engines.algorithms import ENCRYPTIONS, SIGNATURES, Encrypting, Signing
from tests.support.engines.engine import Ability, CmsProgram, Program, Verb
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued

_KNOWS_NOT = {"Ed25519", "X25519, AES-256-CBC"}  # 3.0: "no default digest", "operation not supported for this keytype"
_CIPHERS = {"3DES-CBC": "-des3"}


class OpenSSLCms(CmsProgram):
    """OpenSSL's command line, the engine of `tests.support.openssl` behind the common face."""

    name = "OpenSSL"
    can: frozenset[Ability] = frozenset(
        {(verb, a.name) for a in SIGNATURES if a.name not in _KNOWS_NOT for verb in (Verb.SIGN, Verb.VERIFY)}
        | {(verb, a.name) for a in ENCRYPTIONS if a.name not in _KNOWS_NOT for verb in (Verb.ENCRYPT, Verb.DECRYPT)})

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._openssl = OpenSSL(folder)
        self._root = authority.root_pem
        self._above = self._openssl.file("above.pem", authority.issuing_pem)

    def version(self) -> str:
        return Program(self._openssl.folder).run("openssl", "version").decode().split()[1]

    def sign(self, content: bytes, signer: Issued, algorithm: Signing, *, embed: bool = False) -> bytes:
        options = ["-certfile", self._above, "-md", algorithm.digest]
        if algorithm.padding:
            options += ["-keyopt", "rsa_padding_mode:pss", "-keyopt", f"rsa_pss_saltlen:{algorithm.salt}"]
        return self._openssl.sign(content, signer, options=(*options, *(("-nodetach",) if embed else ())))

    def encrypt(self, content: bytes, recipients: tuple[Issued, ...], algorithm: Encrypting) -> bytes:
        named: list[str] = []
        for number, recipient in enumerate(recipients):
            named += ["-recip", self._openssl.file(f"r{number}.pem", recipient.pem), *_key_options(algorithm, recipient)]
        cipher = _CIPHERS.get(algorithm.content, f"-{algorithm.content.lower()}")
        return self._openssl.run("cms", "-encrypt", "-binary", "-outform", "DER", cipher, *named, given=content)

    def verify(self, signed: bytes, content: bytes | None) -> bytes:
        return self._openssl.verify(signed, root=self._root, content=content)

    def decrypt(self, enveloped: bytes, recipient: Issued) -> bytes:
        return self._openssl.decrypt(enveloped, recipient)

    def printed(self, cms: bytes) -> str:
        """Everything in a CMS as text: the names of algorithms as OpenSSL knows them."""
        return self._openssl.run("cms", "-cmsout", "-print", "-noout", "-inform", "DER", given=cms).decode("utf-8", "replace")


def _key_options(algorithm: Encrypting, recipient: Issued) -> list[str]:
    """What the algorithm says for keys of its own kind; others are used as OpenSSL does."""
    if isinstance(recipient.key, RSAPrivateKey) != algorithm.key.startswith("rsa"):
        return []
    match algorithm.wrap:
        case "oaep":
            return ["-keyopt", "rsa_padding_mode:oaep", "-keyopt", f"rsa_oaep_md:{algorithm.hash}"]
        case "ecdh":
            return ["-keyopt", f"ecdh_kdf_md:{algorithm.hash}"]
        case "eccdh":
            return ["-keyopt", f"ecdh_kdf_md:{algorithm.hash}", "-keyopt", "ecdh_cofactor_mode:1"]
        case _:
            return []
