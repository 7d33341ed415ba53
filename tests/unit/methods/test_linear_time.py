"""Hostile text costs the recognisers time in proportion to its length."""

from __future__ import annotations

from time import process_time

import pytest

from smime_milter.methods import RECOGNISERS
from tests.unit.methods.mails import mail

SEEDS = ("A-", "a ", " ", "\n", "> ", ">", "0", ".", "http://a.", "https://", "scp -a ", "sftp://a.a.", "a@",
         "-----BEGIN PGP MESSAGE-----\n", "Von: a\n", "Am 1 ", "_",
         "cryptshare", "secumail/", "https://a/cryptshare?to=", "scp a a@a.", "-", "\r", "PGP ")


@pytest.mark.parametrize("seed", SEEDS)
def test_time_grows_with_length(seed: str) -> None:
    """Eight times the text takes about eight times as long, not sixty-four times; all recognisers stay under a second."""
    short, long = _seconds(seed, 10_000), _seconds(seed, 80_000)
    assert long < 1.0
    assert long < 16 * short + 0.03


def _seconds(seed: str, length: int) -> float:
    message = mail((seed * length)[:length])
    start = process_time()
    for recogniser in RECOGNISERS:
        recogniser.score(message)
    return process_time() - start
