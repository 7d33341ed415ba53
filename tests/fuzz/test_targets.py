"""What reads foreign ASN.1 has an answer for everything: 100,000 mutations in all, bounded by time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest

from smime_milter.certs.reading import read
from smime_milter.cms.ber import Fields, NotAsExpected, whole
from smime_milter.cms.capabilities import capabilities, read_capabilities
from smime_milter.cms.compressed_data import decompress
from smime_milter.cms.content_info import content_type
from smime_milter.cms.enveloped_data import decrypt, encrypt, is_genuine, transports
from smime_milter.cms.parameters import oaep_identifier, pss_identifier, read_gcm, read_oaep, read_pss
from smime_milter.cms.precheck import precheck
from smime_milter.cms.signed_data import sign, verify
from tests.fuzz.mutation import mutants, survives
from tests.support.compressed import compressed
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued, raw_san, utf8_san

CONTENT = b"Content-Type: text/plain\r\n\r\nGuten Tag\r\n"
SECONDS = 40.0
Read = Callable[[bytes], object]


@lru_cache(maxsize=1)
def people() -> tuple[Issued, ...]:
    authority = Authority()
    agreeing = ("digital_signature", "key_agreement")
    return (authority.issue(), authority.issue(key="p256", usages=agreeing), authority.issue(key="x25519", usages=agreeing),
            authority.issue(key="ed25519"), authority.issue("jürgen@müller.example"),
            authority.issue(raw_san=raw_san(b"a\0@x.example", b"b@x.example")), authority.issue(raw_san=utf8_san("ü@x.example")),
            authority.issue(usages=(), purposes=(), policies=(), domains=("x.example",)))


@lru_cache(maxsize=1)
def messages() -> tuple[bytes, ...]:
    rsa, curve, agreeing, edwards = people()[:4]
    digest = hashlib.sha256(CONTENT).digest()
    signed = [sign(digest, chain=one.chain, signer=one.sign, signing_time=None, embed=CONTENT) for one in (rsa, curve)]
    longer = hashlib.sha512(CONTENT).digest()
    signed.append(sign(longer, chain=edwards.chain, signer=edwards.sign, signing_time=None, embed=CONTENT))
    signed.append(sign(digest, chain=rsa.chain, signer=lambda data: bytes(256), signing_time=None, signature="pss"))
    sealed = [b"".join(encrypt([CONTENT], len(CONTENT), certificates=[rsa.der, curve.der, agreeing.der], content_encryption=how,
                               key_transport=transport))
              for how, transport in (("aes-256-cbc", "rsa"), ("aes-128-gcm", "oaep"))]
    return (*signed, *sealed, compressed(CONTENT), compressed(CONTENT, pieces=5))


def of_messages(folder: Path) -> tuple[bytes, ...]:
    """Ours, and openssl's in indefinite lengths."""
    openssl, rsa = OpenSSL(folder), people()[0]
    return (*messages(), openssl.sign(CONTENT, rsa, options=("-nodetach", "-stream")),
            openssl.encrypt(CONTENT, rsa, options=("-aes-128-cbc", "-stream")))


def everything(octets: bytes) -> None:
    """All that a message could be asked."""
    content_type(octets)
    transports(octets)
    is_genuine(octets)
    for size in (16, 32):
        b"".join(decrypt(octets, bytes(size)) or ())
    verify(octets, None)
    decompress(octets, 1 << 20)


def parameters(octets: bytes) -> None:
    """Algorithm parameters behind their identifier; their one exception is the package's own."""
    readers: tuple[Callable[[Fields], object], ...] = (read_oaep, read_pss, read_gcm)
    for reader in readers:
        try:
            reader(whole(octets))
        except NotAsExpected:
            continue


IDENTIFIERS = (oaep_identifier()[13:], pss_identifier()[13:], bytes.fromhex("3011040c000000000000000000000000020110"))
TARGETS: dict[str, tuple[Read, Callable[[Path], tuple[bytes, ...]], int]] = {
    "precheck": (precheck, of_messages, 30_000),
    "messages": (everything, of_messages, 20_000),
    "certificates": (read, lambda folder: tuple(one.der for one in people()), 20_000),
    "capabilities": (read_capabilities, lambda folder: (capabilities("rsa"), capabilities("ec")), 20_000),
    "parameters": (parameters, lambda folder: IDENTIFIERS, 10_000),
}


@pytest.mark.parametrize("target", TARGETS)
def test_no_mutation_raises(target: str, tmp_path: Path) -> None:
    """Every mutation of every seed gets an answer; on a slow machine fewer of them, never none."""
    run, seeds, count = TARGETS[target]
    assert survives(run, mutants(seeds(tmp_path), count), seconds=SECONDS) > count // 20


def test_a_target_that_raises_is_noticed() -> None:
    """The harness shows the input that did it."""
    def refuse(octets: bytes) -> None:
        raise ValueError

    with pytest.raises(AssertionError, match="^ValueError for [0-9a-f]*$"):
        survives(refuse, mutants([b"30"], 1), seconds=1)
