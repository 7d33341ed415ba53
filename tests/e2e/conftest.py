"""One running gateway for all end-to-end tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.samples.catalogue import SAMPLES
from tests.support.trial import Observation, Trial


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with Trial() as running:
        yield running
        assert running.gateway.noise == "", "the daemon printed something that is no record"


@pytest.fixture(scope="module")
def seen(trial: Trial) -> dict[str, Observation]:
    """Every sample sent once, in order, by name: later ones build on what earlier ones taught."""
    return {sample.name: trial.run(sample) for sample in SAMPLES}
