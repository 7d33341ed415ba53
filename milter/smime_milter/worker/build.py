"""Make what leaves: the message's entity, signed, encrypted, streamed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache

from smime_milter.cms.enveloped_data import encrypt, smime_type
from smime_milter.cms.signed_data import digest_name, sign
from smime_milter.cms.smime import clear_signed, enveloped, labelled_type, opaque_signed
from smime_milter.mime.entity import Entity
from smime_milter.mime.fields import value_of
from smime_milter.mime.parse import parse
from smime_milter.mime.seven_bit import entity_bytes, to_seven_bit
from smime_milter.model.message import HeaderField
from smime_milter.model.recipe import Built, EncryptionRecipe, Recipe, SignatureForm, SigningRecipe
from smime_milter.model.requests import BuildRequest
from smime_milter.model.spool import Octets, Spool
from smime_milter.worker.asks import Daemon
from smime_milter.worker.legacy_display import with_legacy_display
from smime_milter.worker.protected_fields import with_header_protection

Chunks = Callable[[], Iterable[bytes]]   # may be called again, and gives the same bytes again
# Thunderbird shows a signature whose signing time is more than an hour from Date as bad.
_SIGNING_TIME_SLACK = timedelta(minutes=50)
_IN_MEMORY = 1024 * 1024


def build(request: BuildRequest, daemon: Daemon) -> Built:
    """Header fields and body of the new message. Memory stays bounded whatever the message's size."""
    octets = request.raw.octets()
    root = parse(octets)
    if request.recipe.legacy_display and "subject" in request.recipe.protected_fields and not _is_wrapped(octets, root):
        octets, root = with_legacy_display(octets, root)
    fields, body = _layers(octets, root, request.recipe, daemon)
    spool = Spool()
    for chunk in _gathered(body):
        spool.write(chunk)
    return Built(fields=fields, body=spool)


def _layers(octets: Octets, root: Entity, recipe: Recipe, daemon: Daemon) -> tuple[tuple[HeaderField, ...], Iterable[bytes]]:
    seven_bit = to_seven_bit(octets, root) is not None
    entity = _entity(octets, root, recipe, seven_bit=seven_bit)
    if recipe.signing is None:
        if recipe.encryption is None:
            raise ValueError("empty recipe")
        return _encrypted(entity, recipe.encryption)
    can_be_clear = seven_bit and recipe.signing.form is SignatureForm.CLEAR
    signed = _clear(octets, root, entity, recipe=recipe.signing, daemon=daemon) if can_be_clear else _opaque(
        octets, root, entity, recipe=recipe.signing, daemon=daemon)
    if recipe.encryption is None:
        return signed()
    return _encrypted(lambda: _as_entity(*signed()), recipe.encryption)


def _entity(octets: Octets, root: Entity, recipe: Recipe, *, seven_bit: bool) -> Chunks:
    # The sender's own signature covers what it covers: its entity gets no fields but those that must not be outside
    is_protecting = bool(recipe.protected_fields) or recipe.protect_header and not _is_wrapped(octets, root)

    def chunks() -> Iterable[bytes]:
        source = to_seven_bit(octets, root) if seven_bit else None
        plain: Iterable[bytes] = entity_bytes(octets, root) if source is None else source
        if not is_protecting:
            return plain
        return with_header_protection(
            octets, root, plain, hidden=recipe.protected_fields, is_encrypted=recipe.encryption is not None)
    return chunks


def _is_wrapped(octets: Octets, root: Entity) -> bool:
    return root.media_type == "multipart/signed" or labelled_type(octets, root) is not None


def _clear(octets: Octets, root: Entity, entity: Chunks, *, recipe: SigningRecipe,
           daemon: Daemon) -> Callable[[], tuple[tuple[HeaderField, ...], Iterator[bytes]]]:
    boundary = "=_" + secrets.token_hex(16)
    signing_time = _signing_time(octets, root, recipe)

    @lru_cache(maxsize=1)   # the entity is read more than once, and signed once
    def signature(digest: bytes) -> bytes:
        return _signed(digest, recipe, daemon, signing_time=signing_time)
    return lambda: clear_signed(entity, sign=signature, boundary=boundary, digest_name=digest_name(recipe.chain))


def _opaque(octets: Octets, root: Entity, entity: Chunks, *, recipe: SigningRecipe,
            daemon: Daemon) -> Callable[[], tuple[tuple[HeaderField, ...], Iterator[bytes]]]:
    content = b"".join(entity())
    digest = hashlib.new(digest_name(recipe.chain), content).digest()
    der = _signed(digest, recipe, daemon, signing_time=_signing_time(octets, root, recipe), embed=content)
    return lambda: opaque_signed(der)


def _signed(digest: bytes, recipe: SigningRecipe, daemon: Daemon, *, signing_time: datetime | None,
            embed: bytes | None = None) -> bytes:
    return sign(digest, chain=recipe.chain, signer=lambda attributes: daemon.sign(attributes, recipe.signature),
                signing_time=signing_time, embed=embed, signature=recipe.signature)


def _encrypted(entity: Chunks, recipe: EncryptionRecipe) -> tuple[tuple[HeaderField, ...], Iterable[bytes]]:
    source, size = _measured(entity)
    made = encrypt(source(), size, certificates=recipe.certificates, content_encryption=recipe.content_encryption,
                   key_transport=recipe.key_transport)
    return enveloped(made, smime_type(recipe.content_encryption))


def _measured(entity: Chunks) -> tuple[Chunks, int]:
    """The length must be known before the first byte is encrypted; small content is read once only."""
    kept: list[bytes] = []
    size = 0
    for chunk in entity():
        size += len(chunk)
        if size <= _IN_MEMORY:
            kept.append(chunk)
        else:
            kept.clear()
    return (entity if size > _IN_MEMORY else lambda: kept), size


def _as_entity(fields: tuple[HeaderField, ...], body: Iterable[bytes]) -> Iterator[bytes]:
    yield b"".join(f.line() for f in fields if f.key != b"mime-version") + b"\r\n"
    yield from body


def _gathered(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Small chunks joined, so that a message costs few system calls."""
    kept: list[bytes] = []
    size = 0
    for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        if size >= _IN_MEMORY:
            yield b"".join(kept)
            kept, size = [], 0
    yield b"".join(kept)


def _signing_time(octets: Octets, root: Entity, recipe: SigningRecipe) -> datetime | None:
    """Now, unless the mail's own Date is too far away for the reader's client to accept it."""
    if recipe.signing_time is None:
        return None
    now = datetime.fromtimestamp(recipe.signing_time, timezone.utc)
    try:
        written = parsedate_to_datetime((value_of(octets, root, b"date") or b"").decode("ascii", "replace"))
    except (ValueError, TypeError, OverflowError):
        return None
    written = written if written.tzinfo else written.replace(tzinfo=timezone.utc)
    return now if abs(now - written) <= _SIGNING_TIME_SLACK else None
