"""Our own keys as the rest of the program sees them: names and certificates, never key bytes."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTransport:
    """The part of a RecipientInfo that says whose key opens the message, and the wrapped key.

    Either issuer and serial or the subject key identifier is set. `algorithm` is a name of
    `cms.algorithms`.
    """

    issuer_der: bytes = b""
    serial: str = ""
    subject_key_id: bytes = b""
    algorithm: str = ""
    encrypted_key: bytes = b""
