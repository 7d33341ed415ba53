"""Whether what was observed of a sample is what should have become of it; every fault is a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from tests.samples.catalogue import Made, Sample
from tests.support.openssl import Disagrees
from tests.support.opened import decrypted, leaves, read, signer, verified
from tests.support.people import People
from tests.support.sink import Delivered
from tests.support.trial import Observation

_HOST = "mail.wwk.de"
_REFUSED = 550


def faults(seen: Observation, people: People) -> list[str]:
    """Everything that is not as expected, nothing if all is well."""
    checks = {
        "encrypted": _encrypted, "signed": _signed, "unchanged": _unchanged, "already-encrypted": _enveloped,
        "decrypted": _decrypted, "held": _held, "refused": _refused,
    }
    found = list(_decided(seen))
    try:
        found += checks[seen.sample.expected.outcome](seen, people)
    except Disagrees as error:
        found.append(f"openssl: {str(error).strip().splitlines()[-1]}")
    if seen.sample.is_outside and seen.left:
        found += _shown(seen)
    return found


def _decided(seen: Observation) -> Iterator[str]:
    expected = seen.sample.expected
    yield from (f"the daemon failed: {record['MESSAGE']}" for record in seen.failures)
    told = {(d.get("SMIME_DECISION"), d.get("SMIME_REASON")) for d in seen.decisions}
    if (expected.outcome, expected.reason) not in told:
        yield f"journal says {sorted(map(str, told))}"
    if seen.sample.has_tls != any("SMIME_TLS_PROTOCOL" in record for record in seen.tls) or len(seen.tls) != 1:
        yield f"TLS records: {[record.get('SMIME_TLS_PROTOCOL', 'none') for record in seen.tls]}"
    if expected.learns != bool(seen.learned):
        yield "a certificate was learned" if seen.learned else "no certificate was learned"


def _arrived(seen: Observation) -> Iterator[str]:
    if len(seen.left) != 1:
        yield f"{len(seen.left)} messages left instead of one"
    elif sorted(seen.left[0].recipients) != sorted(seen.sample.recipients):
        yield f"went to {seen.left[0].recipients}"
    elif seen.left[0].sender != seen.sample.sender:
        yield f"left with envelope sender {seen.left[0].sender}"


def _encrypted(seen: Observation, people: People) -> Iterator[str]:
    yield from _arrived(seen)
    for message in seen.left:
        outer = leaves(message.data)
        if [leaf.media_type for leaf in outer] != ["application/pkcs7-mime"]:
            yield f"outside stands {[leaf.media_type for leaf in outer]}"
        subject = str(read(message.data)["Subject"])
        if (subject == "[...]") != seen.sample.expected.hides_subject:
            yield f"the outer subject is {'hidden' if subject == '[...]' else 'readable'}"
        for recipient in seen.sample.recipients:
            inside = decrypted(message.data, people.of(recipient))
            yield from _says_the_same(verified(inside, people.authority.root_pem), seen.sample)


def _signed(seen: Observation, people: People) -> Iterator[str]:
    yield from _arrived(seen)
    for message in seen.left:
        content = verified(message.data, people.authority.root_pem)
        yield from _says_the_same(content, seen.sample)
        if signer(message.data, people.authority.root_pem) != people.of(seen.sample.sender).pem:
            yield "somebody else's certificate signed it"


def _says_the_same(content: bytes, sample: Sample) -> Iterator[str]:
    if leaves(content) != leaves(sample.octets):
        yield "the text or an attachment is not what was written"


def _unchanged(seen: Observation, people: People) -> Iterator[str]:
    yield from _arrived(seen)
    for message in seen.left:
        if _body(message.data) != _body(seen.sent):
            yield "the body is not what was sent"
        if seen.sample.made in (Made.SIGNED, Made.OPAQUE) and seen.sample.expected.signature == "pass":
            yield from _says_the_same(verified(message.data, people.authority.root_pem), seen.sample)


def _enveloped(seen: Observation, people: People) -> Iterator[str]:
    yield from _unchanged(seen, people)
    for message in seen.left:
        for recipient in seen.sample.recipients:
            yield from _says_the_same(decrypted(message.data, people.of(recipient)), seen.sample)


def _decrypted(seen: Observation, people: People) -> Iterator[str]:
    yield from _arrived(seen)
    for message in seen.left:
        yield from _says_the_same(verified(message.data, people.authority.root_pem), seen.sample)


def _held(seen: Observation, people: People) -> Iterator[str]:
    if seen.left:
        yield "something left"
    if not seen.replies.is_accepted:
        yield f"the client was told {seen.replies.code} {seen.replies.text}"
    if not seen.decision.get("SMIME_HELD"):
        yield "the journal names no reference"


def _refused(seen: Observation, people: People) -> Iterator[str]:
    if seen.left:
        yield "something left"
    if seen.replies.code != _REFUSED or str(seen.decision.get("SMIME_TRACE")) not in seen.replies.text:
        yield f"the client was told {seen.replies.code} {seen.replies.text}"


def _shown(seen: Observation) -> Iterator[str]:
    """What the reader's mail program finds in the header: exactly one verdict with our name, and it is ours."""
    expected, message = seen.sample.expected, read(seen.left[0].data)
    ours = [str(v) for v in message.get_all("Authentication-Results", []) if str(v).startswith(_HOST)]
    if len(ours) != 1 or f"smime={expected.signature} " not in ours[0] + " ":
        yield f"Authentication-Results: {ours}"
    results = [str(v) for v in message.get_all("X-SMIME-Milter-Result", [])]
    if len(results) != 1 or f"class={expected.shown_class}" not in results[0] + "; class=":
        yield f"X-SMIME-Milter-Result: {results}"
    if str(message.get("X-SMIME-Milter-Notice", "")) != expected.notice:
        yield f"X-SMIME-Milter-Notice: {message.get('X-SMIME-Milter-Notice')}"


def _body(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[2]


def faults_of_retried(left: list[Delivered], sample: Sample, people: People) -> list[str]:
    """A held sample that was to be sent encrypted by `held retry`."""
    if len(left) != 1:
        return [f"{len(left)} messages left instead of one"]
    try:
        inside = decrypted(left[0].data, people.of(sample.recipients[0]))
        return list(_says_the_same(verified(inside, people.authority.root_pem), sample))
    except Disagrees as error:
        return [f"openssl: {str(error).strip().splitlines()[-1]}"]
