"""Whole letters: third persons' data reaches the level it must, ordinary business mail never does."""

from __future__ import annotations

import pytest

from smime_milter.model.finding import Level
from tests.unit.personal_data.letters import CLEAN, COMPLETE, PERSONAL, filled
from tests.unit.personal_data.scanning import findings, level

SEEDS = (1, 2, 3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("number", range(len(PERSONAL)))
def test_a_letter_about_somebody_else_is_personal(number: int, seed: int) -> None:
    """One third person, birth date, contract or official number is enough, in any style of letter."""
    assert level(filled(PERSONAL[number], seed)).value >= Level.PERSONAL.value


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("number", range(len(COMPLETE)))
def test_a_filled_form_is_a_completed_record(number: int, seed: int) -> None:
    """Who, when born, where, bank, contract: as a form, a table, prose, a questionnaire, quoted."""
    assert level(filled(COMPLETE[number], seed)) is Level.COMPLETED_RECORD


@pytest.mark.parametrize("number", range(len(PERSONAL)))
def test_a_letter_about_one_thing_is_no_completed_record(number: int) -> None:
    """What tells little about somebody is not taken for a filled form."""
    assert level(filled(PERSONAL[number], 1)) is not Level.COMPLETED_RECORD


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("number", range(len(CLEAN)))
def test_ordinary_business_mail_stays_below(number: int, seed: int) -> None:
    """Signatures, salutations, company accounts, blank forms, products, codes, scheduling."""
    text = filled(CLEAN[number], seed)
    assert level(text).value < Level.PERSONAL.value, [(f.category, text[f.start : f.end]) for f in findings(text)]
