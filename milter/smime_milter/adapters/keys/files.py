"""Our own private keys in a directory, one file per address or domain."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smime_milter.adapters.keys.reading import SUFFIXES, KeyFile, Problem, owner_of, read_key_file
from smime_milter.adapters.keys.signing import signature_of
from smime_milter.adapters.keys.unwrapping import KEY_KINDS, PrivateKey, unwrapped
from smime_milter.certs.fitness import why_unfit_to_sign
from smime_milter.certs.reading import read
from smime_milter.model.errors import Unavailable
from smime_milter.model.keys import KeyTransport, OwnKey
from smime_milter.model.secret import Secret


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One private key with its public side; several may stand for one name, the older ones to read old mail."""

    own: OwnKey
    private: Secret[PrivateKey]


class FileKeys:
    """The Keys port over keys held in memory; nothing of it is printed."""

    def __init__(self, held: Iterable[HeldKey]) -> None:
        self._held = tuple(held)
        self._decoy_key = Secret(secrets.token_bytes(32))

    def __repr__(self) -> str:
        return f"FileKeys({len(self._held)} keys)"

    def names(self) -> tuple[str, ...]:
        """The addresses and domains we have a key for, sorted."""
        return tuple(sorted({held.own.name for held in self._held}))

    def own_keys(self) -> tuple[OwnKey, ...]:
        return tuple(held.own for held in self._held)

    def signer_for(self, address: str, at: datetime) -> OwnKey | None:
        """The newest fit certificate of the address, else of its domain."""
        for name in _names(address):
            fit = [h.own for h in self._named(name) if _may_sign(h.own, address, at)]
            if fit:
                return max(fit, key=lambda own: (own.certificate.not_before, own.certificate.sha256))
        return None

    def sign(self, key: OwnKey, data: bytes, signature: str = "rsa") -> bytes:
        """Sign with the hash of `cms.signing.digest_name`; `Unavailable` if the key is no longer held, as after a reload."""
        held = next((h for h in self._held if h.own.certificate.sha256 == key.certificate.sha256), None)
        if held is None:
            raise Unavailable("signing key", "no longer held")
        return signature_of(held.private.reveal(), data, signature)

    def opens_for(self, recipient: str, transports: Sequence[KeyTransport]) -> bool:
        return next(self._matches(recipient, transports), None) is not None

    def unwrap(self, recipients: Sequence[str], transports: Sequence[KeyTransport]) -> bytes | None:
        """Open with the first recipient's key, if all of them are entitled; never raises for what is inside."""
        if not recipients or not all(self.opens_for(recipient, transports) for recipient in recipients):
            return None
        private, transport = next(self._matches(recipients[0], transports))
        return self._decrypted(private.reveal(), transport)

    def _decrypted(self, private: PrivateKey, transport: KeyTransport) -> bytes:
        # RFC 3218 §2.3.2: what cannot be unwrapped goes on with a key that is wrong, the same one each
        # time (RFC 8017 §7.2.2 note) and of the right length, so that nobody learns which of the two it was.
        decoy = hmac.digest(self._decoy_key.reveal(), transport.encrypted_key, "sha256")[: transport.key_size or None]
        found = unwrapped(private, transport)
        return decoy if found is None else found

    def _named(self, name: str) -> list[HeldKey]:
        return [held for held in self._held if held.own.name == name]

    def _matches(
        self, recipient: str, transports: Sequence[KeyTransport]
    ) -> Iterator[tuple[Secret[PrivateKey], KeyTransport]]:
        for name in _names(recipient):
            for held in self._named(name):
                yield from ((held.private, t) for t in transports if _is_for(t, held.own))


def _names(address: str) -> tuple[str, str]:
    return address, address.rpartition("@")[2]


def _may_sign(own: OwnKey, address: str, at: datetime) -> bool:
    """A personal certificate must name the address, or every reader is shown a mismatch."""
    is_for_address = own.is_domain or address in own.certificate.addresses
    return is_for_address and why_unfit_to_sign(own.certificate, at) is None


def _is_for(transport: KeyTransport, own: OwnKey) -> bool:
    certificate = own.certificate
    if KEY_KINDS.get(transport.algorithm) is not certificate.key_kind:
        return False
    # RFC 5652 §6.2.1: issuerAndSerialNumber or subjectKeyIdentifier
    if transport.issuer_der:
        return (transport.issuer_der, transport.serial) == (certificate.issuer_der, certificate.serial)
    return bool(transport.subject_key_id) and transport.subject_key_id == certificate.subject_key_id


def load(directory: Path, passphrase: bytes | None) -> tuple[FileKeys, tuple[str, ...]]:
    """Load ADDRESS.p12, DOMAIN.pem and their like; a file of no use is a sentence that names it.

    ADDRESS.2024.p12 is an older key of the same name. Other files are left alone.
    """
    held: list[HeldKey] = []
    problems: list[str] = []
    try:
        paths = sorted(path for path in directory.iterdir() if path.suffix.lower() in SUFFIXES)
    except OSError as error:
        return FileKeys(()), (f"{directory}: {error.strerror or 'cannot be read'}",)
    for path in paths:
        found = _load_one(path, passphrase)
        if isinstance(found, Problem):
            problems.append(found.text)
        else:
            held.append(found)
            problems += _doubts(path, found.own)
    return FileKeys(held), tuple(problems)


def _load_one(path: Path, passphrase: bytes | None) -> HeldKey | Problem:
    name = owner_of(path)
    if name is None:
        return Problem(f"{path.name}: the file name is no address and no domain")
    found = read_key_file(path, passphrase)
    return found if isinstance(found, Problem) else _held(path, name, found)


def _held(path: Path, name: str, file: KeyFile) -> HeldKey | Problem:
    certificate = read(file.chain[0])
    if certificate is None:
        return Problem(f"{path.name}: its certificate cannot be read")
    return HeldKey(OwnKey(name=name, certificate=certificate, chain=file.chain), file.key)


def _doubts(path: Path, own: OwnKey) -> list[str]:
    """What loads and still will not do what its owner expects."""
    if own.is_domain or own.name in own.certificate.addresses:
        return []
    return [f"{path.name}: the certificate does not name the address, it only decrypts"]
