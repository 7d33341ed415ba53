"""Read EnvelopedData and AuthEnvelopedData: who can open it, and what is inside once the content key is known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from smime_milter.cms.ber import NotAsExpected, children
from smime_milter.cms.encrypted_content import Rejected, Unsupported, open_envelope, plaintext
from smime_milter.cms.enveloping import encrypt, enveloped_size, smime_type
from smime_milter.cms.precheck import Malformation, precheck
from smime_milter.cms.recipient_info import read_recipient_infos
from smime_milter.model.keys import KeyTransport
from smime_milter.model.spool import Octets

__all__ = ["Unsupported", "decrypt", "encrypt", "enveloped_size", "is_genuine", "smime_type", "transports"]

MOST_RECIPIENTS = 1000


def transports(octets: Octets) -> tuple[KeyTransport, ...] | Malformation | Unsupported:
    """Whose keys open the message, in its order; one nobody could use says so in `unusable`.

    More than 1,000 recipients are `Malformation.TOO_MANY`.
    """
    malformation = precheck(octets)
    if malformation is not None:
        return malformation
    try:
        envelope = open_envelope(octets)
        infos = read_recipient_infos(octets, envelope.infos, envelope.algorithm.key_size)
        found = tuple(islice(infos, MOST_RECIPIENTS + 1))
    except NotAsExpected:
        return Malformation.NOT_AS_EXPECTED
    except Rejected as rejected:
        return rejected.why
    return found if len(found) <= MOST_RECIPIENTS else Malformation.TOO_MANY


def decrypt(octets: Octets, key: bytes) -> Iterator[bytes] | None:
    """The content, in pieces; None for every failure, whatever it is, and before the first octet is given out.

    An authenticated content is right to the last octet; one in CBC may be anybody's work.
    """
    if precheck(octets) is not None:
        return None
    try:
        return plaintext(open_envelope(octets), key)
    except (NotAsExpected, Rejected):
        return None


def is_genuine(octets: Octets) -> bool:
    """Whether somebody could open it: a recipient, AES or 3DES, whole blocks or a tag."""
    if precheck(octets) is not None:
        return False
    try:
        return next(children(octets, open_envelope(octets).infos), None) is not None
    except (NotAsExpected, Rejected):
        return False
