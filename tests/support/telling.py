"""One observation as a row of the demo's table: what went in, what left, why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.support.opened import read
from tests.support.trial import Observation, Record

_NAMES = {"sabine.thaler@makler.example": "the broker", "kanzlei@kanzlei.example": "the law firm"}


@dataclass(frozen=True)
class Row:
    """A row of text; `faults` is empty if everything is as expected."""

    rule: str
    went_in: str
    left: str
    why: str
    faults: tuple[str, ...] = ()


def row(seen: Observation, faults: Iterable[str]) -> Row:
    wrong = tuple(faults)
    left = _left(seen) if not wrong else (f"{len(seen.left)} messages; the client heard {_one_line(seen)}",)
    return Row(seen.sample.rule, _went_in(seen), "; ".join(left), "; ".join(_why(seen)), wrong)


def _went_in(seen: Observation) -> str:
    says_it_all = "TLS" in seen.sample.about or not seen.sample.has_tls
    return seen.sample.about if says_it_all else f"{seen.sample.about}, over TLS"


def _left(seen: Observation) -> Iterator[str]:
    """What the sink got; said only after `judging` has looked at it with openssl."""
    outcome = seen.sample.expected.outcome
    if not seen.left:
        yield f"nothing{' yet' if outcome == 'held' else ''}; the client heard {_one_line(seen)}"
        return
    message = read(seen.left[0].data)
    if outcome == "encrypted":
        who = " and ".join(_NAMES.get(a, a) for a in seen.left[0].recipients)
        yield f"S/MIME: key of {who} opens it, our signature verifies, content as written"
        if str(message["Subject"]) == "[...]":
            yield "subject hidden"
    elif outcome == "signed":
        yield "signed; openssl verifies it, content as written"
    elif outcome == "already-encrypted":
        yield "as it came; the recipient's key opens it"
    elif outcome == "decrypted":
        yield "opened for the clerk, inner signature verifies, content as written"
    else:
        yield "delivered, body byte for byte"
    yield from _shown(message.get_all("Authentication-Results", []), str(message.get("X-SMIME-Milter-Notice", "")))


def _shown(results: list[str], notice: str) -> Iterator[str]:
    for result in results:
        if "smime=" in str(result):
            yield "reader is shown " + str(result).partition("smime=")[2].partition(" ")[0].join(("smime=", ""))
    if notice:
        yield f"marked {notice}"


def _one_line(seen: Observation) -> str:
    last = seen.replies.last
    return f"{last.code} {last.text.partition(' (Ref')[0]}" if last.code >= 400 else f"{last.code}"


def _why(seen: Observation) -> Iterator[str]:
    """Straight from the journal record."""
    record = seen.decision
    yield f"{record.get('SMIME_DECISION')}: {record.get('SMIME_REASON')}"
    for field, label in (("FINDINGS", "found"), ("UNREADABLE", "unreadable"), ("HELD", "kept as"),
                         ("SIGNATURE_REASON", "signature"), ("CERT_CLASS", "class")):
        value = record.get(f"SMIME_{field}", "")
        if value and value != "not-signed":
            yield f"{label} {str(value).replace(',', ', ')}"
    if record.get("SMIME_CERT_SHA256"):
        yield f"certificate {record['SMIME_CERT_SHA256'][:12]}…"
    if seen.sample.rule == "R13":
        yield from (line.strip().removeprefix("1 x ") for line in tls_lines(seen.tls))
    yield from (f"learned {r['SMIME_CERT_SHA256'][:12]}…, usable {r['SMIME_USABLE_FROM'][:10]}" for r in seen.learned)


def tls_lines(records: Iterable[Record]) -> list[str]:
    """What was negotiated how often, with its grade."""
    kinds = Counter(
        (r.get("SMIME_TLS_PROTOCOL", "no TLS"), r.get("SMIME_TLS_CIPHER", ""), r.get("SMIME_TLS_BITS", ""), r["SMIME_TLS_GRADE"])
        for r in records)
    return [f"{n:3} x {protocol} {cipher} {bits and bits + ' bits'}".rstrip() + f", grade {grade}"
            for (protocol, cipher, bits, grade), n in kinds.most_common()]
