"""What we encrypt, openssl and we open; what openssl encrypts, we open."""

from __future__ import annotations

import itertools
import mmap
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from asn1crypto import cms as asn1
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smime_milter.cms import der
from smime_milter.cms.content_info import content_type
from smime_milter.cms.enveloped_data import Unsupported, decrypt, encrypt, enveloped_size, is_genuine, transports
from smime_milter.cms.precheck import Malformation
from tests.support.openssl import OpenSSL
from tests.support.pki import Authority, Issued, rsa_key
from tests.unit.cms.conftest import content_key

CONTENT = b"Content-Type: text/plain\r\n\r\nGuten Tag\r\n" * 3000


def counted() -> Callable[[int], bytes]:
    """Random octets that a test knows: 0, 1, 2 ..."""
    numbers = itertools.cycle(range(256))
    return lambda size: bytes(next(numbers) for _ in range(size))


def made(content: bytes, *recipients: Issued, how: str = "aes-256-cbc") -> bytes:
    certificates = [one.der for one in recipients]
    return b"".join(encrypt([content], len(content), certificates=certificates, content_encryption=how))


def opened(octets: bytes, recipient: Issued) -> bytes:
    plain = decrypt(octets, content_key(octets, recipient))
    assert plain is not None
    return b"".join(plain)


@pytest.mark.parametrize("how", ["aes-256-cbc", "aes-192-cbc", "aes-128-cbc"])
@pytest.mark.parametrize("size", [0, 15, 16, 65_536, len(CONTENT)])
def test_openssl_opens_ours(how: str, size: int, alice: Issued, bob: Issued, openssl: OpenSSL) -> None:
    """Every recipient opens the message with openssl, whatever the size."""
    octets = made(CONTENT[:size], alice, bob, how=how)
    assert openssl.decrypt(octets, bob) == CONTENT[:size]
    assert opened(octets, alice) == CONTENT[:size]
    assert content_type(octets) == "enveloped-data"


def test_each_of_many_recipients_opens(authority: Authority, openssl: OpenSSL) -> None:
    """With a dozen recipients of two key sizes the first and the last open it, and all are listed."""
    people = [authority.issue(key=authority.issuing_key) for _ in range(11)]
    people.append(authority.issue(key=rsa_key("rsa3072", 0)))
    octets = made(CONTENT, *people)
    assert openssl.decrypt(octets, people[0]) == openssl.decrypt(octets, people[-1]) == CONTENT
    found = transports(octets)
    assert isinstance(found, tuple) and {one.serial for one in found} == {str(p.certificate.serial_number) for p in people}
    assert all(one.issuer_der == authority.issuing.subject.public_bytes() for one in found)


OPENSSL = [("-aes-256-cbc",), ("-aes-192-cbc",), ("-aes-128-cbc",), ("-des3",), ("-aes-256-cbc", "-stream"),
           ("-aes-128-cbc", "-keyid"), ("-des3", "-stream", "-keyid")]


@pytest.mark.parametrize("options", OPENSSL)
@pytest.mark.parametrize("size", [0, 16, len(CONTENT)])
def test_we_open_openssls(options: tuple[str, ...], size: int, alice: Issued, bob: Issued, openssl: OpenSSL) -> None:
    """AES and 3DES, DER and BER with the ciphertext in pieces, by serial number and by key identifier."""
    if options[-1] == "-keyid":
        octets = encrypted_by_key_identifier(CONTENT[:size], alice, openssl, options[:-1])
    else:
        octets = openssl.encrypt(CONTENT[:size], alice, bob, options=options)
    assert opened(octets, alice) == CONTENT[:size] and is_genuine(octets)
    mapped = mmap.mmap(-1, len(octets))
    mapped.write(octets)
    assert b"".join(decrypt(mapped, content_key(octets, alice)) or ()) == CONTENT[:size]


def encrypted_by_key_identifier(content: bytes, person: Issued, openssl: OpenSSL, options: tuple[str, ...]) -> bytes:
    name = openssl.file("keyid.pem", person.pem)
    return openssl.run("cms", "-encrypt", "-binary", "-outform", "DER", *options, "-recip", name, "-keyid", given=content)


def test_openssl_finds_our_der_flawless(alice: Issued, bob: Issued, openssl: OpenSSL) -> None:
    """Our octets are DER: a strict reader writes them again exactly so, and openssl's printer reads them."""
    octets = made(CONTENT, alice, bob)
    parsed = asn1.ContentInfo.load(octets, strict=True)
    assert parsed["content"]["version"].native == "v0"
    assert parsed.dump(force=True) == octets
    assert b"aes-256-cbc" in openssl.run("cms", "-cmsout", "-print", "-inform", "DER", given=octets)


def test_the_size_is_known_beforehand(alice: Issued, bob: Issued) -> None:
    """`enveloped_size` is exact at every border of a length's length."""
    for size in (*range(0, 300), 64_700, 65_500, 65_536, 70_000, 16_777_000, 16_777_216):
        chunks = (bytes(min(65_536, size - at)) for at in range(0, size, 65_536))
        streamed = sum(map(len, encrypt(chunks, size, certificates=[alice.der, bob.der])))
        assert streamed == enveloped_size(size, [alice.der, bob.der])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(0, 100_000), cuts=st.lists(st.integers(0, 100_000), max_size=5), strong=st.booleans())
def test_any_size_in_any_pieces_comes_back(alice: Issued, size: int, cuts: list[int], strong: bool) -> None:
    """Encrypt, decrypt: the same octets, however the content was cut."""
    how = "aes-256-cbc" if strong else "aes-128-cbc"
    content = os.urandom(size)
    borders = [0, *sorted(min(cut, size) for cut in cuts), size]
    pieces = [content[a:b] for a, b in zip(borders, borders[1:])]
    octets = b"".join(encrypt(pieces, size, certificates=[alice.der], content_encryption=how))
    assert opened(octets, alice) == content


def test_key_and_vector_come_from_the_port(alice: Issued) -> None:
    """Randomness is asked for in this order: content-encryption key, initialisation vector."""
    octets = b"".join(encrypt([b"x"], 1, certificates=[alice.der], random=counted()))
    assert content_key(octets, alice) == bytes(range(32))
    assert bytes(range(32, 48)) in octets


def test_two_messages_share_nothing(alice: Issued) -> None:
    """Every message has its own key and vector."""
    assert content_key(one := made(b"x", alice), alice) != content_key(other := made(b"x", alice), alice)
    assert one[-16:] != other[-16:]


def test_one_certificate_is_one_recipient(alice: Issued) -> None:
    """A certificate named twice gets one RecipientInfo."""
    found = transports(made(b"x", alice, alice))
    assert isinstance(found, tuple) and len(found) == 1


LIES = [([b"abc"], 4), ([b"abc"], 2), ([], 1), ([b"a", b"b"], 1)]


@pytest.mark.parametrize(("content", "size"), LIES)
def test_a_false_size_is_an_error(content: list[bytes], size: int, alice: Issued) -> None:
    """A content of another size than was promised never becomes a whole message."""
    with pytest.raises(ValueError, match="^the content has not the size that was promised$"):
        list(encrypt(content, size, certificates=[alice.der]))


def test_what_cannot_be_used_is_an_error_at_once(authority: Authority, alice: Issued) -> None:
    """No recipient, unreadable, weak and signing-only certificates, weak and unknown algorithms fail before any output."""
    weak = authority.issue(key="rsa1024")
    bad: list[list[bytes]] = [[], [b""], [b"no certificate"], [alice.der, authority.issue(key="ed25519").der], [weak.der]]
    for certificates in bad:
        with pytest.raises(ValueError):
            encrypt([b"x"], 1, certificates=certificates)
    for how in ("3des-cbc", "aes-256-ccm", "rot13"):
        with pytest.raises(ValueError, match="not one we send"):
            encrypt([b"x"], 1, certificates=[alice.der], content_encryption=how)
    with pytest.raises(ValueError, match="not one we send"):
        encrypt([b"x"], 1, certificates=[alice.der], key_transport="rsa-kem")


def zeros(size: int) -> Iterator[bytes]:
    for _ in range(0, size, 65_536):
        yield bytes(65_536)


def test_memory_does_not_grow_with_the_content(alice: Issued) -> None:
    """Content passes through: 32 MB of it need less than 2 MB, also if it comes in one piece."""
    size = 32 * 1024 * 1024
    whole = bytes(size)
    for content in (zeros(size), [whole]):
        tracemalloc.start()
        total = sum(len(piece) for piece in encrypt(content, size, certificates=[alice.der]))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == enveloped_size(size, [alice.der]) and peak < 2_000_000


def test_plaintext_is_streamed(alice: Issued) -> None:
    """Opening 16 MB needs little more than one piece of it at a time."""
    octets = made(bytes(16 * 1024 * 1024), alice)
    key = content_key(octets, alice)
    tracemalloc.start()
    total = sum(len(piece) for piece in decrypt(octets, key) or ())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 16 * 1024 * 1024 and peak < 2_000_000


def test_every_failure_is_the_same_answer(alice: Issued) -> None:
    """A wrong key, a key of another length, a broken padding, a cut message: always None."""
    octets = made(b"Guten Tag\r\n" * 10, alice)
    key = content_key(octets, alice)
    assert decrypt(octets, key) is not None
    wrong = [decrypt(octets, key[:-1] + bytes((key[-1] ^ number,))) for number in range(1, 256)]
    assert wrong.count(None) > 240  # a wrong key looks padded once in 256 times
    for bad_key in (b"", key[:16], key[:24], key + b"\0", key * 2):
        assert decrypt(octets, bad_key) is None
    assert decrypt(octets[:-1], key) is None and decrypt(octets + b"\0", key) is None
    assert decrypt(octets[:-17] + bytes((octets[-17] ^ 0x80,)) + octets[-16:], key) is None


def edited(octets: bytes, edit: Callable[[asn1.EnvelopedData], None]) -> bytes:
    info = asn1.ContentInfo.load(octets)
    edit(info["content"])
    return bytes(info.dump(force=True))


def set_content(value: bytes | None) -> Callable[[asn1.EnvelopedData], None]:
    def edit(enveloped: asn1.EnvelopedData) -> None:
        content = enveloped["encrypted_content_info"]
        content["encrypted_content"] = value
    return edit


def no_recipient(enveloped: asn1.EnvelopedData) -> None:
    enveloped["recipient_infos"] = []


def short_vector(enveloped: asn1.EnvelopedData) -> None:
    algorithm = enveloped["encrypted_content_info"]["content_encryption_algorithm"]
    algorithm["parameters"] = bytes(8)


FALSE = {
    "nothing encrypted": set_content(b""),
    "no whole blocks": set_content(b"x" * 33),
    "clear text": set_content(b"Content-Type: text/plain\r\n\r\nGuten Tag\r\n"),
    "vector of another length": short_vector,
}


@pytest.mark.parametrize("edit", FALSE.values(), ids=FALSE.keys())
def test_false_envelopes_are_not_genuine(edit: Callable[[asn1.EnvelopedData], None], alice: Issued) -> None:
    """An EnvelopedData that nobody could open is neither genuine nor read."""
    octets = edited(made(CONTENT, alice), edit)
    assert not is_genuine(octets)
    assert transports(octets) is Malformation.NOT_AS_EXPECTED
    assert decrypt(octets, bytes(32)) is None


def test_an_envelope_for_nobody_is_not_genuine(alice: Issued) -> None:
    """Without a RecipientInfo nobody can open it: there is nothing encrypted about it."""
    octets = edited(made(CONTENT, alice), no_recipient)
    assert not is_genuine(octets) and transports(octets) == ()


def test_nothing_stands_before_or_behind_a_genuine_one(alice: Issued) -> None:
    """Octets around the message, and a message cut off anywhere, are not genuine."""
    octets = made(b"Guten Tag", alice)
    assert is_genuine(octets)
    assert not is_genuine(octets + b"Kontonummer") and not is_genuine(b"Kontonummer" + octets)
    assert not any(is_genuine(octets[:end]) for end in range(len(octets)))


def test_weak_content_encryption_is_not_genuine(alice: Issued, openssl: OpenSSL) -> None:
    """RC2, single DES and unknown ciphers are not read, and do not count as encrypted."""
    octets = openssl.encrypt(CONTENT, alice, options=("-camellia256",))
    assert content_type(octets) == "enveloped-data" and not is_genuine(octets)
    assert transports(octets) is Unsupported.CONTENT_ENCRYPTION and decrypt(octets, bytes(32)) is None


def with_recipients(octets: bytes, *infos: bytes) -> bytes:
    content = asn1.ContentInfo.load(octets)["content"]
    body = der.sequence(der.small_integer(0), der.value(0x31, *infos), content["encrypted_content_info"].dump())
    return der.sequence(bytes.fromhex("06092a864886f70d010703"), der.value(0xA0, body))


def test_the_number_of_recipients_has_a_limit(alice: Issued) -> None:
    """A thousand RecipientInfos are listed, one more is a limit."""
    octets = made(b"x", alice)
    info = asn1.ContentInfo.load(octets)["content"]["recipient_infos"][0].dump()
    found = transports(with_recipients(octets, *[info] * 1000))
    assert isinstance(found, tuple) and len(found) == 1000
    assert transports(with_recipients(octets, *[info] * 1001)) is Malformation.TOO_MANY


def test_a_giant_serial_number_is_not_converted(alice: Issued) -> None:
    """A serial number of many thousand digits is malformed, not work."""
    info = der.sequence(der.small_integer(0), der.sequence(der.sequence(), der.value(0x02, b"\x7f" * 10_000)))
    assert transports(with_recipients(made(b"x", alice), info)) is Malformation.NOT_AS_EXPECTED


def test_deep_pieces_of_a_string_cost_one_pass(alice: Issued) -> None:
    """A ciphertext cut into 120,000 pieces below 25 indefinite strings is read in a moment."""
    pieces = b"\x24\x80" * 25 + b"\x04\x01x" * 120_000 + bytes(50)
    content = asn1.ContentInfo.load(made(b"x", alice))["content"]
    info = content["encrypted_content_info"]
    encrypted = b"\x30\x80" + info["content_type"].dump() + info["content_encryption_algorithm"].dump() + b"\xa0\x80" + pieces
    start = time.thread_time()
    octets = (
        b"\x30\x80" + bytes.fromhex("06092a864886f70d010703") + b"\xa0\x80\x30\x80" + der.small_integer(0)
        + content["recipient_infos"].dump() + encrypted + bytes(10)
    )
    assert isinstance(transports(octets), tuple)
    assert time.thread_time() - start < 2


def test_a_signature_is_no_envelope(alice: Issued, openssl: OpenSSL) -> None:
    """SignedData has no recipients and no plaintext."""
    octets = openssl.sign(CONTENT, alice)
    assert transports(octets) is Unsupported.CONTENT_TYPE
    assert decrypt(octets, bytes(32)) is None and not is_genuine(octets)


@given(st.binary(max_size=300))
def test_random_octets_never_raise(octets: bytes) -> None:
    """Whatever the octets are, there is an answer."""
    assert isinstance(transports(octets), (Malformation, Unsupported))
    assert decrypt(octets, bytes(32)) is None and not is_genuine(octets)


@given(st.data())
def test_damaged_messages_never_raise(alice: Issued, data: st.DataObject) -> None:
    """Real messages with several octets changed, cut out or put in have an answer."""
    octets = bytearray(made(b"Guten Tag", alice))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert isinstance(transports(bytes(octets)), (tuple, Malformation, Unsupported))
    assert b"".join(decrypt(bytes(octets), bytes(32)) or ()) is not None
    assert is_genuine(bytes(octets)) in (True, False)
