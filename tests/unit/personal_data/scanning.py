"""Short ways to scan a text in tests."""

from __future__ import annotations

from smime_milter.model.finding import Category, Finding, Level
from smime_milter.personal_data.scan import ScanSettings, scan
from smime_milter.personal_data.weighing import weigh

EXCHANGE = ScanSettings(
    exempt=("anna.berg@wwk.de", "moser@makler.example"), names=("Anna Berg", "Josef Moser"), own_domains=("wwk.de", "wwk.at"),
    policy_numbers=(r"LV-\d{2}-\d{6}",),
)


def findings(text: str, scanner: ScanSettings = EXCHANGE, kind: str = "text") -> tuple[Finding, ...]:
    return scan([("part 1", text, kind)], scanner)


def found(text: str, category: Category, scanner: ScanSettings = EXCHANGE) -> list[str]:
    """What is found of a category, as it stands in the text."""
    return [text[f.start : f.end] for f in findings(text, scanner) if f.category is category]


def level(text: str, scanner: ScanSettings = EXCHANGE) -> Level:
    return weigh(findings(text, scanner))[0]
