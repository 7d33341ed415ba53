"""Secrets from systemd."""

from __future__ import annotations

from pathlib import Path

import pytest

from smime_milter.config.credentials import credential


def test_a_credential_is_read_without_its_line_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd-ask-password and echo leave one at the end; it is no part of a passphrase."""
    (tmp_path / "keys").write_bytes(b"geheim \n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert credential("keys") == b"geheim "


def test_outside_the_service_the_running_one_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """check-config run by root finds what the daemon was given; without it there is none."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "keys").write_bytes(b"geheim")
    assert credential("keys", running=tmp_path) == b"geheim"
    assert credential("other", running=tmp_path) is None
