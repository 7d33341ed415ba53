"""A value that does not show itself."""

from __future__ import annotations

import copy
import pickle

import pytest

from smime_milter.model.secret import Secret


def test_neither_printed_nor_pickled() -> None:
    """Only who asks for the value gets it."""
    secret = Secret("Kanarienvogel")
    assert secret.reveal() == "Kanarienvogel"
    assert "Kanarienvogel" not in f"{secret} {secret!r} {[secret]}" and secret != Secret("Kanarienvogel")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.copy(secret)
