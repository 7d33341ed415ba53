"""Figures of finding and weighing personal data on generated and on real mail; printed, never judged by time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

from smime_milter.model.finding import Category, Finding, Level
from smime_milter.personal_data.scan import ScanSettings, scan
from smime_milter.personal_data.weighing import weigh
from tests.bench.offers import clean, offers
from tests.support.identifiers import Identifiers, spoilt

pytestmark = pytest.mark.bench

_HERE = Path(__file__).resolve().parent
_REAL_MAIL = _HERE.parents[2] / "shared" / "data" / "real-mail"
_EXCHANGE = ScanSettings(
    exempt=("anna.berg@wwk.de", "moser@makler.example"), names=("Anna Berg", "Josef Moser"), own_domains=("wwk.de",),
    policy_numbers=(r"[A-Z]{2}-\d{2}-\d{6}",),
)
_CHECKED = frozenset({Category.IBAN, Category.CARD, Category.TAX_ID, Category.SOCIAL_SECURITY, Category.HEALTH_INSURANCE,
                      Category.ID_DOCUMENT})


def test_generated_mail(capsys: pytest.CaptureFixture[str]) -> None:
    """Offers reach the level of completed records, clean business mail stays below personal, identifiers are all found."""
    levels = [_level(text) for text in offers(500)]
    complete = sum(level is Level.COMPLETED_RECORD for level in levels)
    personal = sum(_level(text).value >= Level.PERSONAL.value for text in clean(400))
    right, found = _identifiers(300)
    _, wrong = _identifiers(300, is_spoilt=True)
    policies = sum(_has(f"zu {_policy(n)} fehlt etwas", Category.POLICY) for n in range(1000))
    _print(capsys, [
        ("completed offers at level 4, of 500", f"{complete}", "500"),
        ("clean business mail at level 2 or above, of 400", f"{personal}", "2"),
        ("checksummed identifiers, recall", f"{found / right:.4f}", "0.999"),
        ("the same with a wrong check digit, taken for right", f"{wrong / right:.4f}", "0.001"),
        ("numbers in a house format, recall", f"{policies / 1000:.4f}", "0.99"),
    ])
    assert complete >= 450
    assert personal <= 20


def test_real_mail(capsys: pytest.CaptureFixture[str]) -> None:
    """Real private mail and news postings: hardly an identifier, nearly nothing sensitive, names as annotated."""
    if not _REAL_MAIL.is_dir():
        pytest.skip("the real mail is not part of the repository")
    texts = {name: [json.loads(line)["text"] for line in (_REAL_MAIL / f"{name}.jsonl").read_text("utf-8").splitlines()]
             for name in ("private", "travel")}
    findings = {name: [_scan(text, ScanSettings()) for text in mails] for name, mails in texts.items()}
    false = sum(f.category in _CHECKED for mails in findings.values() for mail in mails for f in mail)
    sensitive = sum(weigh(mail)[0].value >= Level.SENSITIVE.value for mail in findings["travel"])
    third, missed, wrong = _names()
    times = sorted(_seconds(text) for text in _of_5_kb(texts["private"]))
    _print(capsys, [
        ("hits of checksummed identifiers in 3,800 real mails", f"{false}", "1"),
        ("travel mail at level 3 or above, of 3,000", f"{sensitive}", "1"),
        ("third-party names in 150 private mails, recall", f"{1 - missed / third:.3f}", "0.97"),
        ("the same, precision", f"{(third - missed) / (third - missed + wrong):.3f}", "0.95"),
        ("5 kB of text, median", f"{1000 * times[len(times) // 2]:.2f} ms", ""),
        ("5 kB of text, p95", f"{1000 * times[int(len(times) * 0.95)]:.2f} ms", "10 ms"),
    ])
    assert false <= 5
    assert missed <= third // 5


def _names() -> tuple[int, int, int]:
    """Annotated third persons, those not wholly found, and persons found where nobody is named."""
    mails = {m["id"]: m["text"] for m in map(json.loads, (_REAL_MAIL / "private.jsonl").read_text("utf-8").splitlines())}
    third = missed = wrong = 0
    for entry in json.loads((_HERE / "annotated_names.json").read_text("utf-8")):
        text, spans = mails[entry["id"]], entry["spans"]
        found = [(f.start, f.end) for f in _scan(text, ScanSettings()) if f.category is Category.PERSON]
        covered = {at for start, end in found for at in range(start, end)}
        persons = [(start, end) for start, end, role in spans if role == "third"]
        third += len(persons)
        missed += sum(any(text[at].isalpha() and at not in covered for at in range(*person)) for person in persons)
        wrong += sum(not any(start < b and a < end for a, b, _ in spans) for start, end in found)
    return third, missed, wrong


def _identifiers(count: int, *, is_spoilt: bool = False) -> tuple[int, int]:
    """How many labelled identifiers were written, and how many were found."""
    ids = Identifiers.seeded(21)
    written = found = 0
    for _ in range(count):
        for label, value, category in (
            ("Konto", ids.iban(), Category.IBAN), ("Konto", ids.iban("AT"), Category.IBAN),
            ("Steuer-ID", ids.tax_identification_number(), Category.TAX_ID), ("Kreditkarte", ids.card("51"), Category.CARD),
            ("RVNR", ids.pension_number(), Category.SOCIAL_SECURITY),
            ("KVNR", ids.health_insurance_number(), Category.HEALTH_INSURANCE),
        ):
            written += 1
            found += _has(f"{label}: {spoilt(value) if is_spoilt else value}", category)
    return written, found


def _policy(number: int) -> str:
    return f"LV-{number % 100:02d}-{number * 7919 % 1000000:06d}"


def _has(text: str, category: Category) -> bool:
    return any(f.category is category for f in _scan(text, _EXCHANGE))


def _level(text: str) -> Level:
    return weigh(_scan(text, _EXCHANGE))[0]


def _scan(text: str, scanner: ScanSettings) -> tuple[Finding, ...]:
    return scan([("part 1", text, "plain")], scanner)


def _seconds(text: str) -> float:
    start = process_time()
    _scan(text, _EXCHANGE)
    return process_time() - start


def _of_5_kb(texts: list[str]) -> Iterator[str]:
    whole = "\n\n".join(texts)
    yield from (whole[at : at + 5000] for at in range(0, min(len(whole) - 5000, 500_000), 5000))


def _print(capsys: pytest.CaptureFixture[str], rows: list[tuple[str, str, str]]) -> None:
    with capsys.disabled():
        print("".join(f"\n{what:54} {value:>10}   target {target}" for what, value, target in rows))
