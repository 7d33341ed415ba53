"""Every engine with every algorithm in both directions: what is to be tried, and the one way to try it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from tests.e2e.interop.circle import EC_PARTNER, PARTNER, STRANGER, Workshop, own_address, partner_address, written
from tests.support.engines import ENGINES
from tests.support.engines.algorithms import BY_NAME, Algorithm, Encrypting, Signing
from tests.support.engines.engine import Engine, Verb
from tests.support.engines.envelope import content_and_signature, enveloped_data, wrapped_enveloped, wrapped_signed
from tests.support.engines.openssl_cms import OpenSSLCms
from tests.support.mails import mail, plain, split
from tests.support.opened import leaves, read
from tests.support.people import ERIKA

TEXT = "Grüße aus München, mit € und “Anführung”\nZweite Zeile\n"
_ENTITY = plain(TEXT)


class Direction(Enum):
    """Who made the message."""

    FROM_US = "from us"
    TO_US = "to us"


@dataclass(frozen=True)
class Cell:
    """One engine, one algorithm, one direction; `is_opaque` is the form of a signature."""

    direction: Direction
    engine: str
    algorithm: str
    is_opaque: bool = False

    @property
    def verb(self) -> Verb:
        """What the engine must be able to do."""
        signs = isinstance(BY_NAME[self.algorithm], Signing)
        if self.direction is Direction.TO_US:
            return Verb.SIGN if signs else Verb.ENCRYPT
        return Verb.VERIFY if signs else Verb.DECRYPT

    @property
    def row(self) -> str:
        return self.algorithm + (" (opaque)" if self.is_opaque else "")

    def __str__(self) -> str:
        return f"{self.direction.value}: {self.engine}: {self.row}"


@dataclass(frozen=True)
class Order:
    """Who writes to whom so that the gateway uses an algorithm; `marks` prove that it did."""

    sender: str
    recipient: str
    marks: tuple[str, ...]


_ECDSA, _ECDH = ("algorithm: ecdsa-with-SHA",), ("dhSinglePass-stdDH-sha",)


def _to_stranger(domain: str, marks: tuple[str, ...], sender: str = ERIKA) -> Order:
    return Order(sender, f"{STRANGER}@{domain}", marks)


def _to_partner(domain: str, algorithm: str) -> Order:
    return Order(ERIKA, f"{PARTNER}@{domain}", BY_NAME[algorithm].marks)


# What we make, by the row it belongs to. Curve and hash of ECDSA and ECDH are those of the key.
ORDERS: Mapping[tuple[str, bool], Order] = {
    ("RSA SHA256", False): _to_stranger("gutachter.example", BY_NAME["RSA SHA256"].marks),
    ("RSA SHA256", True): _to_stranger("opaque.example", BY_NAME["RSA SHA256"].marks),
    ("RSA-PSS SHA256", False): _to_stranger("pss.example", BY_NAME["RSA-PSS SHA256"].marks),
    ("ECDSA P-256 SHA256", False): _to_stranger("gutachter.example", _ECDSA, own_address("p256")),
    ("ECDSA P-384 SHA384", False): _to_stranger("gutachter.example", _ECDSA, own_address("p384")),
    ("ECDSA P-521 SHA512", False): _to_stranger("gutachter.example", _ECDSA, own_address("p521")),
    ("ECDSA brainpoolP256r1 SHA256", False): _to_stranger("gutachter.example", _ECDSA, own_address("brainpoolP256r1")),
    ("Ed25519", False): _to_stranger("gutachter.example", BY_NAME["Ed25519"].marks, own_address("ed25519")),
    ("RSA, AES-256-CBC", False): Order(ERIKA, partner_address("rsa2048"), BY_NAME["RSA, AES-256-CBC"].marks),
    ("RSA, AES-128-CBC", False): _to_partner("aes128.example", "RSA, AES-128-CBC"),
    ("RSA, AES-256-GCM", False): _to_partner("gcm.example", "RSA, AES-256-GCM"),
    ("RSA-OAEP SHA256, AES-256-CBC", False): _to_partner("oaep.example", "RSA-OAEP SHA256, AES-256-CBC"),
    ("RSA-OAEP SHA256, AES-256-GCM", False): _to_partner("oaepgcm.example", "RSA-OAEP SHA256, AES-256-GCM"),
    ("ECDH P-256 SHA256, AES-256-CBC", False): Order(ERIKA, partner_address("p256"), _ECDH),
    ("ECDH P-384 SHA384, AES-256-CBC", False): Order(ERIKA, partner_address("p384"), _ECDH),
    ("ECDH P-521 SHA512, AES-256-CBC", False): Order(ERIKA, partner_address("p521"), _ECDH),
    ("ECDH brainpoolP256r1 SHA256, AES-256-CBC", False): Order(ERIKA, partner_address("brainpoolP256r1"), _ECDH),
    ("ECDH P-256 SHA256, AES-256-GCM", False): Order(ERIKA, EC_PARTNER, (*_ECDH, "algorithm: aes-256-gcm")),
}

# What a row is judged as when everything is in order, if it is not "pass".
VERDICTS = {"RSA SHA1": ("policy", "weak-digest")}

# What the gateway cannot do yet and why, by direction, row and, where only one is bothered, engine (else ""). A cell that
# starts to work turns red until its line here goes.
LACKS: Mapping[tuple[Direction, str, str], str] = {}


def rows(direction: Direction) -> list[tuple[str, bool]]:
    """The rows of one table: every algorithm we make, or every one there is; opaque once."""
    if direction is Direction.FROM_US:
        return list(ORDERS)
    first, *others = BY_NAME
    return [(first, False), (first, True), *((name, False) for name in others)]


def cells() -> Iterator[Cell]:
    """Everything that can be tried: what no engine makes cannot, and what we do not make yet no engine reads."""
    for direction in Direction:
        for algorithm, is_opaque in rows(direction):
            for engine in ENGINES:
                cell = Cell(direction, engine.name, algorithm, is_opaque)
                if is_able(cell) or direction is Direction.FROM_US and not lack(cell):
                    yield cell


def is_able(cell: Cell) -> bool:
    """Whether the engine says it can."""
    return any(kind.name == cell.engine and (cell.verb, cell.algorithm) in kind.can for kind in ENGINES)


def lack(cell: Cell) -> str:
    """Why the gateway cannot, or nothing."""
    everywhere = LACKS.get((cell.direction, cell.algorithm, ""), "")
    return LACKS.get((cell.direction, cell.algorithm, cell.engine), everywhere)


def attempt(cell: Cell, shop: Workshop) -> None:
    """Do what the cell says; AssertionError if we do not play our part, `Disagrees` if the engine does not."""
    engine = shop.engines[cell.engine]
    algorithm = BY_NAME[cell.algorithm]
    if cell.direction is Direction.FROM_US:
        _read_by(engine, ORDERS[cell.algorithm, cell.is_opaque], algorithm, shop=shop)
    elif isinstance(algorithm, Signing):
        _signed_by(engine, algorithm, cell.is_opaque, shop=shop)
    else:
        _encrypted_by(engine, algorithm, shop=shop)


def letter(sender: str, recipients: tuple[str, ...]) -> bytes:
    """Clean text of more than ASCII, written now."""
    return written(_ENTITY, sender, recipients)


def _read_by(engine: Engine, order: Order, algorithm: Algorithm, *, shop: Workshop) -> None:
    message = shop.from_us(order.sender, order.recipient, letter)
    cms = content_and_signature(message)[1] if isinstance(algorithm, Signing) else enveloped_data(message)
    _prove(cms, order.marks, shop)
    recipient = None if isinstance(algorithm, Signing) else shop.people.of(order.recipient)
    reading = engine.read(message, recipient)
    assert reading.is_signed and reading.is_encrypted == isinstance(algorithm, Encrypting), "a layer is missing"
    assert _text(reading.entity) == TEXT.strip()


def _signed_by(engine: Engine, algorithm: Signing, is_opaque: bool, *, shop: Workshop) -> None:
    sender = partner_address(algorithm.key)
    signature = engine.sign(_ENTITY, shop.people.of(sender), algorithm, embed=is_opaque)
    _prove(signature, algorithm.marks, shop)
    outer, _ = split(written(_ENTITY, sender, (ERIKA,)))
    delivered, decision = shop.to_us(sender, ERIKA, outer + wrapped_signed(signature, None if is_opaque else _ENTITY))
    expected = VERDICTS.get(algorithm.name, ("pass", "good"))
    assert (decision.get("SMIME_SIGNATURE"), decision.get("SMIME_SIGNATURE_REASON")) == expected, f"the journal says {decision}"
    assert f"smime={expected[0]} " in str(read(delivered.data)["Authentication-Results"]) + " "


def _encrypted_by(engine: Engine, algorithm: Encrypting, *, shop: Workshop) -> None:
    sender, recipient = partner_address("rsa2048"), own_address(algorithm.key)
    enveloped = engine.encrypt(_ENTITY, (shop.people.of(recipient),), algorithm)
    _prove(enveloped, algorithm.marks, shop)
    outer, _ = split(mail(sender, recipient, _ENTITY))
    delivered, decision = shop.to_us(sender, recipient, outer + wrapped_enveloped(enveloped))
    assert decision.get("SMIME_OPENING") == "opened", f"the journal says {decision}"
    assert _text(delivered.data) == TEXT.strip()


def _prove(cms: bytes, marks: tuple[str, ...], shop: Workshop) -> None:
    """That a message is made with what it is to be made with; else a cell would pass for another one."""
    openssl = shop.engines[OpenSSLCms.name]
    assert isinstance(openssl, OpenSSLCms)
    printed = openssl.printed(cms).lower()
    missing = [mark for mark in marks if mark.lower() not in printed]
    assert not missing, f"not made with {missing}"


def _text(entity: bytes) -> str:
    return "\n".join(str(leaf.content) for leaf in leaves(entity) if leaf.media_type == "text/plain").strip()
