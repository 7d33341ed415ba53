"""check-config: what it prints where, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smime_milter.cli import main
from smime_milter.cli import check_config
from smime_milter.config.checks.result import fault, ok, warning
from tests.support.pki import Authority
from tests.unit.config.samples import LEAST


def _run(path: Path, *options: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["--config", str(path), "check-config", *options], prog_name="smime-milter")


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "smime-milter.yaml"
    path.write_text(LEAST + "milter: {socket: 'unix:/run/x'}\n")
    return path


def test_faults_of_the_file_are_shown_with_their_line_and_a_caret(path: Path) -> None:
    """Standard error has FILE:LINE:COLUMN, the line itself and a caret below the value; status 2; no second stage."""
    path.write_text(LEAST + "outbound: {sign: yes}\n")
    result = _run(path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f'{path}:4:18: outbound.sign: "yes" is text: write true', "    outbound: {sign: yes}", " " * 21 + "^"]


def test_the_line_that_is_shown_hides_a_password(path: Path) -> None:
    """A store's address with a password is shown without it."""
    path.write_text(LEAST + "certificates: {store: 'postgresql://smime:geheim@db', lookup: 1}\n")
    result = _run(path)
    assert result.exit_code == 2 and "geheim" not in result.stderr and "…@db" in result.stderr


def test_a_fault_around_the_file_points_to_the_key_that_led_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ok and warnings go to standard output, faults with file and line to standard error, status 2."""
    results = [ok("keys.directory", "4 keys"), warning("milter.submit", "down"), fault("milter.socket", "no folder")]
    monkeypatch.setattr(check_config, "CHECKS", (lambda settings: results,))
    result = _run(path)
    assert result.exit_code == 2
    assert result.stdout.splitlines()[1:] == [f"ok: {path}: keys.directory: 4 keys", f"warning: {path}: milter.submit: down"]
    assert result.stderr.startswith(f"{path}:4:18: milter.socket: no folder\n")


def test_warnings_alone_are_no_reason_to_fail(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 0: the daemon would start."""
    monkeypatch.setattr(check_config, "CHECKS", (lambda settings: [warning("milter.submit", "down")],))
    assert _run(path).exit_code == 0


def test_json_has_every_result_with_its_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One object: file, usable, and per result the verdict, the key, the place and the text; the status is the same."""
    monkeypatch.setattr(check_config, "CHECKS", (lambda settings: [fault("milter.socket", "no folder")],))
    result = _run(path, "--json")
    assert (result.exit_code, result.stderr) == (2, "")
    answer = json.loads(result.stdout)
    assert (answer["file"], answer["usable"]) == (str(path), False)
    assert answer["results"][1] == {
        "result": "fault", "file": str(path), "line": 4, "column": 18, "path": "milter.socket", "text": "no folder"}


def test_a_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    """Status 2 and one line."""
    result = _run(tmp_path / "none.yaml")
    assert (result.exit_code, result.stderr) == (2, f"{tmp_path}/none.yaml: cannot be read: No such file or directory\n")


def test_a_complete_setup_is_usable_and_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With keys, anchors, a store and a socket's folder in place every check runs; status 0; nothing has changed."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    path = tmp_path / "smime-milter.yaml"
    path.write_text(LEAST + f"milter: {{socket: 'unix:{tmp_path}/milter.sock', submit: 'smtp:127.0.0.1:1'}}\n"
                    f"certificates: {{store: 'sqlite:///{tmp_path}/certificates.db'}}\nkeys: {{directory: {tmp_path}}}\n")
    issued = Authority().issue("info@wwk.de")
    (tmp_path / "info@wwk.de.pem").write_bytes(issued.key_pem + issued.pem)
    before = sorted(tmp_path.iterdir())
    result = _run(path)
    assert (result.exit_code, result.stderr) == (0, "")
    said = [line.split(": ")[2] for line in result.stdout.splitlines()]
    assert {"keys.directory", "certificates.anchors", "certificates.store", "milter.socket", "milter.submit"} <= set(said)
    assert sorted(tmp_path.iterdir()) == before
