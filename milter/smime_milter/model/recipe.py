"""What the worker is to make of a message, and what it made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smime_milter.model.message import HeaderField
from smime_milter.model.spool import Spool


class SignatureForm(Enum):
    """RFC 8551 §3.5: readable by everyone, or opaque to relays that alter text."""

    CLEAR = "clear"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRecipe:
    """Sign with the key the daemon holds for this message; `chain` are DER certificates, signer first.

    `signing_time` is seconds since the epoch, or None to leave the attribute out. `signature` is how an
    RSA key signs: "rsa" (PKCS #1 v1.5) or "pss".
    """

    form: SignatureForm
    chain: tuple[bytes, ...]
    signing_time: int | None
    signature: str = "rsa"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionRecipe:
    """Encrypt to these DER certificates, one RecipientInfo each; algorithm names as in `cms.algorithms`."""

    certificates: tuple[bytes, ...]
    content_encryption: str = "aes-256-cbc"
    key_transport: str = "rsa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Sign first, then encrypt; either may be missing.

    With `protect_header` the header fields are copied inside (RFC 9788); `protected_fields` (lower-case names) then
    are not outside. `legacy_display` repeats a hidden Subject at the top of the text.
    """

    signing: SigningRecipe | None
    encryption: EncryptionRecipe | None
    protected_fields: tuple[str, ...] = ()
    protect_header: bool = False
    legacy_display: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The new content: the MIME header fields that replace the message's own, and the body."""

    fields: tuple[HeaderField, ...]
    body: Spool
