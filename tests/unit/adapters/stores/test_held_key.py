"""Where the key for held mail comes from."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from smime_milter.adapters.stores.held_key import held_key
from smime_milter.model.errors import Unavailable


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """32 random bytes in a file only we can read; the next start finds the same."""
    key = held_key(None, tmp_path)
    assert len(key) == 32
    assert held_key(None, tmp_path) == key
    assert [entry.name for entry in tmp_path.iterdir()] == ["held.key"]
    assert stat.S_IMODE((tmp_path / "held.key").stat().st_mode) == 0o600


def test_two_stores_have_two_keys(tmp_path: Path) -> None:
    """Nothing about the key is the same on two hosts."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert held_key(None, tmp_path / "a") != held_key(None, tmp_path / "b")


def test_a_credential_comes_first(tmp_path: Path) -> None:
    """systemd's credential `held` is the key; no file is made."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "held").write_bytes(b"c" * 32)
    state = tmp_path / "state"
    state.mkdir()
    assert held_key(str(credentials), state) == b"c" * 32
    assert list(state.iterdir()) == []


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_length_is_refused(tmp_path: Path, size: int) -> None:
    """A damaged file is an error that names it, never a weaker or a new key."""
    (tmp_path / "held.key").write_bytes(b"k" * size)
    with pytest.raises(Unavailable, match="held.key does not hold 32 bytes"):
        held_key(None, tmp_path)


def test_a_missing_folder_is_unavailable(tmp_path: Path) -> None:
    """No state directory, no key."""
    with pytest.raises(Unavailable, match="FileNotFoundError"):
        held_key(None, tmp_path / "no")


def test_two_makers_agree(tmp_path: Path) -> None:
    """Daemon and command line started in the same moment use one key."""
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(held_key(None, tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(found)) == 1
