"""Hostile text costs every detector time in proportion to its length."""

from __future__ import annotations

from time import process_time

import pytest

from smime_milter.personal_data.detectors import DETECTORS
from smime_milter.personal_data.hit import Detector
from smime_milter.personal_data.scan import scan
from smime_milter.personal_data.text import Text
from tests.unit.personal_data.scanning import EXCHANGE

SEEDS = (
    "A-", "Aa-", "Aa ", "0", "01", " ", "\n", ".", "1 ", "1.", "1-", "1/", "a", "A", "> ", ">\n", "DE12 ", "Herr ",
    "Herr A. ", "Kunde: ", "Name:\n", "geb. 1.1.", "*", "a@", "@", "a.b@c.",
    "Von: A <", "Am Weg 1 ", "\t", "|", "; ", "1\t", "Aa\t", "Dr. ", "\u00ad", "=\n", "=C3", "Hauptstraße ", "M-A ", "LV-1",
    "von der ", "Vertragsnummer ", "Mit freundlichen Grüßen\n", "HRB 1\n",
    "Aa, ", "12 345 678 901 ", "Amtsgericht ", "frau a ", "\r",
)


@pytest.mark.parametrize("seed", SEEDS)
def test_scanning_takes_linear_time(seed: str) -> None:
    """Eight times the text takes about eight times as long, not sixty-four times, all detectors and zones together."""
    short, long = _seconds(seed, 1_500), _seconds(seed, 12_000)
    assert long < 20 * short + 0.05


def _seconds(seed: str, length: int) -> float:
    """The best of three: a busy machine makes one run slow, not all."""
    return min(_once((seed * length)[:length]) for _ in range(3))


def _once(text: str) -> float:
    start = process_time()
    scan([("part 1", text, "text")], EXCHANGE)
    return process_time() - start


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: str(d.name))
def test_a_detector_survives_long_runs(detector: Detector) -> None:
    """Fifty thousand characters without a line end are nothing special to any single detector."""
    for seed in ("A-", "0 ", "Aa "):
        text = Text((seed * 50_000)[:50_000])
        start = process_time()
        for _ in detector.find(text):
            pass
        assert process_time() - start < 2.0
