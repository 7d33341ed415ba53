"""Open an encrypted message: one well-formed entity comes out, or nothing."""

from __future__ import annotations

from smime_milter.cms.enveloped_data import Unsupported, decrypt, transports
from smime_milter.cms.precheck import Malformation
from smime_milter.cms.smime import cms_octets
from smime_milter.model.inspection import Opened, Opening
from smime_milter.model.keys import KeyTransport, Unusable
from smime_milter.model.message import HeaderField
from smime_milter.model.spool import Octets, Spool
from smime_milter.worker.asks import Daemon
from smime_milter.worker.layers import canonical
from smime_milter.worker.structure import Structure, structure_of


_UNSUPPORTED = {Unsupported.AES_CCM: Opening.AES_CCM, Unsupported.WEAK_CIPHER: Opening.WEAK_CIPHER}
_NOBODY = {Unusable.SHARED_KEY: Opening.SHARED_KEY, Unusable.PASSWORD: Opening.PASSWORD, Unusable.OTHER: Opening.UNSUPPORTED,
           Unusable.ALGORITHM: Opening.UNSUPPORTED}


def open_message(outer: Structure, daemon: Daemon) -> tuple[Opening, Structure | None, Opened | None]:
    """Ask for the content key and decrypt. Every cryptographic failure is the same answer: FAILED."""
    cms = cms_octets(outer.octets, outer.root)
    found = transports(cms)
    if not isinstance(found, tuple):
        return _why_not_read(found), None, None
    key = daemon.unwrap(found)
    if key is None:
        return _why_no_key(found), None, None
    plain = decrypt(cms, key)
    inner = structure_of(canonical(plain).octets()) if plain is not None else None
    if inner is None or not _is_one_entity(inner):
        return Opening.FAILED, None, None
    return Opening.OPENED, inner, _opened(inner)


def _why_not_read(found: Malformation | Unsupported) -> Opening:
    if isinstance(found, Malformation):
        return Opening.LIMIT if found.is_limit else Opening.MALFORMED
    return _UNSUPPORTED.get(found, Opening.UNSUPPORTED)


def _why_no_key(found: tuple[KeyTransport, ...]) -> Opening:
    """Whose key it was is not said; only what holds for everybody: nobody could use any of them."""
    reasons = [one.unusable for one in found]
    if Unusable.BAD_PARAMETERS in reasons:
        return Opening.BAD_PARAMETERS
    first = next(iter(reasons), None)
    return Opening.NO_KEY if None in reasons or first is None else _NOBODY[first]


def _is_one_entity(inner: Structure) -> bool:
    """Whether a MIME entity came out: with CBC an attacker can turn it into something else (EFAIL)."""
    return any(f.name.lower() == b"content-type" for f in inner.root.fields)


def _opened(inner: Structure) -> Opened:
    fields = tuple(_header_field(inner.octets, f.start, f.value_start, f.end) for f in inner.root.fields
                   if f.name.lower().startswith(b"content-"))
    body = Spool()
    for at in range(inner.root.body, len(inner.octets), 256 * 1024):
        body.write(inner.octets[at : at + 256 * 1024])
    return Opened(fields=fields, body=body)


def _header_field(octets: Octets, start: int, value_start: int, end: int) -> HeaderField:
    name = octets[start : value_start - 1].rstrip()
    return HeaderField(name, octets[value_start:end].rstrip(b"\r\n").replace(b"\r\n", b"\n"))
