"""Every way to sign or to encrypt that some engine knows, by the name the tests and docs/interop.md use."""

from __future__ import annotations

from dataclasses import dataclass

P256, P384, P521 = "p256", "p384", "p521"


@dataclass(frozen=True)
class Signing:
    """`key` is the kind of the signer's key, `marks` are words of `openssl cms -print` that prove the algorithm."""

    name: str
    key: str
    digest: str
    marks: tuple[str, ...]
    padding: str = ""
    salt: str = ""


@dataclass(frozen=True)
class Encrypting:
    """`key` is the kind of the recipient's key, `wrap` how the content key reaches it, `hash` that of OAEP or of the KDF."""

    name: str
    key: str
    content: str
    marks: tuple[str, ...]
    wrap: str = "pkcs1"
    hash: str = ""


def _rsa(digest: str) -> Signing:
    return Signing(f"RSA {digest.upper()}", "rsa2048", digest, (f"algorithm: {digest}", "algorithm: rsaEncryption"))


def _pss(digest: str, salt: str = "digest") -> Signing:
    shown = " longest salt" if salt == "max" else ""
    return Signing(f"RSA-PSS {digest.upper()}{shown}", "rsa2048", digest, ("algorithm: rsassaPss",), "pss", salt)


def _ecdsa(curve: str, key: str, digest: str) -> Signing:
    return Signing(f"ECDSA {curve} {digest.upper()}", key, digest, (f"algorithm: ecdsa-with-{digest.upper()}",))


SIGNATURES = (
    _rsa("sha256"), _rsa("sha384"), _rsa("sha512"), _rsa("sha1"),
    _pss("sha256"), _pss("sha384"), _pss("sha512"), _pss("sha256", "max"),
    _ecdsa("P-256", P256, "sha256"), _ecdsa("P-384", P384, "sha384"), _ecdsa("P-521", P521, "sha512"),
    _ecdsa("brainpoolP256r1", "brainpoolP256r1", "sha256"),
    Signing("Ed25519", "ed25519", "sha512", ("algorithm: ED25519",)),
)


def _pkcs1(content: str) -> Encrypting:
    return Encrypting(f"RSA, {content}", "rsa2048", content, ("algorithm: rsaEncryption", _shown(content)))


def _oaep(hash_name: str, content: str = "AES-256-CBC") -> Encrypting:
    marks = ("algorithm: rsaesOaep", _shown(content))
    return Encrypting(f"RSA-OAEP {hash_name.upper()}, {content}", "rsa2048", content, marks, "oaep", hash_name)


def _ecdh(curve: str, key: str, kdf: str, content: str = "AES-256-CBC") -> Encrypting:
    marks = (f"dhSinglePass-stdDH-{kdf}kdf-scheme", _shown(content))
    return Encrypting(f"ECDH {curve} {kdf.upper()}, {content}", key, content, marks, "ecdh", kdf)


def _cofactor(curve: str, key: str, kdf: str) -> Encrypting:
    marks = (f"dhSinglePass-cofactorDH-{kdf}kdf-scheme", "algorithm: aes-256-cbc")
    return Encrypting(f"ECDH {curve} cofactor {kdf.upper()}, AES-256-CBC", key, "AES-256-CBC", marks, "eccdh", kdf)


def _shown(content: str) -> str:
    return "algorithm: " + {"3DES-CBC": "des-ede3-cbc"}.get(content, content.lower())


ENCRYPTIONS = (
    _pkcs1("AES-128-CBC"), _pkcs1("AES-192-CBC"), _pkcs1("AES-256-CBC"), _pkcs1("3DES-CBC"),
    _pkcs1("AES-128-GCM"), _pkcs1("AES-192-GCM"), _pkcs1("AES-256-GCM"),
    _oaep("sha1"), _oaep("sha256"), _oaep("sha384"), _oaep("sha512"), _oaep("sha256", "AES-256-GCM"),
    _ecdh("P-256", P256, "sha1"), _ecdh("P-256", P256, "sha256"), _ecdh("P-384", P384, "sha384"), _ecdh("P-521", P521, "sha512"),
    _ecdh("P-256", P256, "sha256", "AES-128-CBC"), _ecdh("P-256", P256, "sha256", "AES-256-GCM"),
    _ecdh("brainpoolP256r1", "brainpoolP256r1", "sha256"), _cofactor("P-256", P256, "sha256"),
    Encrypting("X25519, AES-256-CBC", "x25519", "AES-256-CBC", ("1.2.840.113549.1.9.16.3.19",), "ecdh", "sha256"),
)

Algorithm = Signing | Encrypting
BY_NAME: dict[str, Algorithm] = {**{a.name: a for a in SIGNATURES}, **{a.name: a for a in ENCRYPTIONS}}
PLAIN_SIGNATURE = SIGNATURES[0]
PLAIN_ENCRYPTION = ENCRYPTIONS[2]


def signing(name: str) -> Signing:
    found = BY_NAME[name]
    assert isinstance(found, Signing)
    return found


def encrypting(name: str) -> Encrypting:
    found = BY_NAME[name]
    assert isinstance(found, Encrypting)
    return found
