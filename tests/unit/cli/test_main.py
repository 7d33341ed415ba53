"""The group: what its users see of help and of errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from smime_milter import cli
from smime_milter.model.errors import Unavailable

MILTER = Path(__file__).parents[3] / "milter"
_FAILURES = {
    "ours": Unavailable("store", "locked"),
    "system": FileNotFoundError(2, "No such file or directory", "/srv/offer.eml"),
    "bug": ZeroDivisionError("DE68210501700012345678"),
    "usage": click.UsageError("no message"),
    "abort": click.Abort(),
}


def _run(monkeypatch: pytest.MonkeyPatch, action: object) -> Result:
    """Call a subcommand that does this and nothing else."""
    def act() -> object:
        if isinstance(action, Exception):
            raise action
        return action

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: click.Command("test", callback=act))
    return CliRunner(mix_stderr=False).invoke(cli.main, ["test"], prog_name="smime-milter")


@pytest.mark.parametrize("kind, line, status", [
    ("ours", "smime-milter: store unavailable: locked\n", 1),
    ("system", "smime-milter: /srv/offer.eml: No such file or directory\n", 1),
    ("usage", "smime-milter: no message See smime-milter test --help.\n", 2),
    ("abort", "smime-milter: interrupted\n", 1),
])
def test_an_error_is_one_line_on_standard_error(monkeypatch: pytest.MonkeyPatch, kind: str, line: str, status: int) -> None:
    """Whatever goes wrong is said in one line that begins with the program's name, with the right status."""
    result = _run(monkeypatch, _FAILURES[kind])
    assert (result.stdout, result.stderr, result.exit_code) == ("", line, status)


def test_a_bug_shows_its_class_and_place_and_nothing_it_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, no text of the exception: only what a report of the bug needs."""
    result = _run(monkeypatch, _FAILURES["bug"])
    assert result.stderr.startswith("smime-milter: internal error: ZeroDivisionError at test_main.py:")
    assert result.stderr.count("\n") == 1 and "DE68" not in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize("returned, status", [(None, 0), (0, 0), (1, 1), (2, 2)])
def test_a_subcommands_return_value_is_the_exit_status(monkeypatch: pytest.MonkeyPatch, returned: object, status: int) -> None:
    """None is done."""
    assert _run(monkeypatch, returned).exit_code == status


def test_every_subcommand_can_be_called_and_has_an_example() -> None:
    """Each entry of COMMANDS is a module with `command`; its help shows an example."""
    for module, _ in cli.COMMANDS:
        name = module.replace("_", "-")
        result = CliRunner().invoke(cli.main, [name, "--help"], prog_name="smime-milter")
        assert result.exit_code == 0 and "Example:" in result.output, name
        assert f"smime-milter {name}" in result.output


def test_help_imports_no_subcommand() -> None:
    """`smime-milter --help` lists all and imports none, so that it and completion start fast."""
    code = ("import sys; sys.argv = ['smime-milter', '--help']\n"
            "from smime_milter.cli import main\n"
            "try: main()\n"
            "except SystemExit as end: assert end.code == 0\n"
            "heavy = {'yaml', 'sqlalchemy', 'cryptography', 'smime_milter.config', 'smime_milter.cli.check_config'}\n"
            "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n")
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(MILTER)}, capture_output=True, text=True,
                          check=True)
    assert all(name.replace("_", "-") in done.stdout for name, _ in cli.COMMANDS)


def test_the_package_runs_as_a_program() -> None:
    """`python3 -m smime_milter` is the command, with its name."""
    done = subprocess.run([sys.executable, "-m", "smime_milter", "frobnicate"], env={"PYTHONPATH": str(MILTER)},
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "smime-milter: No such command 'frobnicate'. See smime-milter --help.\n"


def test_a_reader_that_has_enough_is_no_error() -> None:
    """`smime-milter … | head` ends without a complaint."""
    done = subprocess.run(f"{sys.executable} -m smime_milter --help | true", shell=True, env={"PYTHONPATH": str(MILTER)},
                          capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_faulty_configuration_ends_every_command_with_status_2(tmp_path: Path) -> None:
    """Subcommands that need settings print every fault, one line each, and stop."""
    path = tmp_path / "f.yaml"
    path.write_text("organisation: {domains: [wwk.de], networks: [10.0.0.1/8]}\nmilter: {workers: x}\n")
    result = CliRunner(mix_stderr=False).invoke(cli.main, ["--config", str(path), "mta", "postfix"], prog_name="smime-milter")
    assert result.exit_code == 2
    assert [line.split(": ")[:3] for line in result.stderr.splitlines()] == [
        ["smime-milter", f"{path}:1:46", "organisation.networks[0]"], ["smime-milter", f"{path}:2:19", "milter.workers"]]
