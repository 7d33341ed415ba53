"""README, manual page and docs say nothing that is not so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from smime_milter.cli import COMMANDS, main
from smime_milter.config.reading import read
from smime_milter.model.settings import Settings

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
MANUAL = (ROOT / "docs/man/smime-milter.8").read_text()
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])


def blocks(language: str) -> list[str]:
    """Fenced blocks of the README, without the indent they have inside lists."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.removeprefix(indent) for line in text.splitlines()) for indent, text in found]


COMMAND_LINES = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("smime-milter ")]


def parsed(words: list[str]) -> click.Context:
    """What click makes of a command line, without running it; a usage error raises."""
    command, context = main, click.Context(main, info_name="smime-milter")
    name, arguments = "smime-milter", words
    while isinstance(command, click.Group):
        context = command.make_context(name, list(arguments), parent=None if command is main else context)
        rest = [*context.protected_args, *context.args]
        found = command.get_command(context, rest[0])
        assert found is not None, rest[0]
        command, name, arguments = found, rest[0], rest[1:]
    return command.make_context(name, ["-" if a == "offer.eml" else a for a in arguments], parent=context)


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_command_lines_of_the_readme_are_accepted(line: str) -> None:
    """Every smime-milter line in the README is one the program takes, with its options."""
    assert parsed(shlex.split(line)[1:]).command is not None


def test_the_readme_shows_commands() -> None:
    """The check above looks at something."""
    assert len(COMMAND_LINES) >= 8


@pytest.mark.parametrize("text", blocks("yaml"))
def test_configuration_in_the_readme_is_valid(text: str) -> None:
    """What the README says to write is accepted as it stands."""
    assert isinstance(read(text, "README.md"), Settings)


def test_the_two_commands_exist() -> None:
    """`./demo` and `./test` can be run."""
    for name in ("demo", "test", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111, name


@pytest.mark.parametrize("module", [module for module, _ in COMMANDS])
def test_manual_names_every_subcommand(module: str) -> None:
    """smime-milter(8) has an entry for each subcommand."""
    assert re.search(rf"^\.(B|BI|BR|RB) .*{module.replace('_', '.*-')}", MANUAL, re.MULTILINE), module


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(d.relative_to(ROOT)) for d in DOCUMENTS])
def test_paths_in_documents_exist(document: Path) -> None:
    """A file or folder that a document names in backticks is there."""
    missing = [path for path in re.findall(r"`([\w./-]+/[\w./-]*)`", document.read_text()) if not _exists(path)]
    assert missing == []


def _exists(path: str) -> bool:
    if path.startswith(("/", "../", "./")) or "NAME" in path:
        return True
    return any((base / path).exists() for base in (ROOT, ROOT / "milter/smime_milter", ROOT / "etc"))


def test_flow_fits_on_a_page() -> None:
    """docs/flow.md is read in one go: 80 lines at most."""
    assert len((ROOT / "docs/flow.md").read_text().splitlines()) <= 80
