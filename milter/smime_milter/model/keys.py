"""Our own keys as the rest of the program sees them: names and certificates, never key bytes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smime_milter.model.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """`name` is the address or domain the key stands for (comparable form), `chain` DER, own first."""

    name: str
    certificate: Certificate
    chain: tuple[bytes, ...]

    @property
    def is_domain(self) -> bool:
        return "@" not in self.name


class Unusable(Enum):
    """Why nobody here could use a RecipientInfo, whoever it is for."""

    ALGORITHM = "algorithm"
    BAD_PARAMETERS = "bad-parameters"
    SHARED_KEY = "shared-key"
    PASSWORD = "password"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Oaep:
    """The parameters of RSA-OAEP, checked; hashes by the names of `cms.algorithms`."""

    digest: str
    mask_digest: str
    label: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How an ephemeral key and ours agree on the key that unwraps.

    `originator` is the sender's public key as its scheme encodes it, `derivation` "x963" or "hkdf"
    with the hash `digest`, `salt` and `shared_info` go into it, `size` is the wrapping key's in octets.
    """

    originator: bytes
    derivation: str
    digest: str
    shared_info: bytes
    salt: bytes
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTransport:
    """The part of a RecipientInfo that says whose key opens the message, and the wrapped key.

    Either issuer and serial or the subject key identifier is set. `algorithm` is "rsa", "oaep",
    "ecdh" or "x25519", empty if `unusable` says why not. `key_size` is that of the content key in
    octets, 0 if any will do.
    """

    issuer_der: bytes = b""
    serial: str = ""
    subject_key_id: bytes = b""
    algorithm: str = ""
    encrypted_key: bytes = b""
    key_size: int = 0
    oaep: Oaep | None = None
    agreement: Agreement | None = None
    unusable: Unusable | None = None
