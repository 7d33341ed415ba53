"""What the package says about itself agrees with the program."""

from __future__ import annotations

import re

from smime_milter import __version__
from smime_milter.cli import COMMANDS
from tests.architecture.source import ROOT


def test_the_changelog_names_the_version_of_the_program() -> None:
    """The newest entry of debian/changelog is the version the program prints."""
    first = (ROOT / "debian/changelog").read_text(encoding="utf-8").splitlines()[0]
    assert re.match(r"smime-milter \((\S+)\)", first)[1] == __version__  # type: ignore[index]


def test_the_package_depends_on_what_the_program_runs_on() -> None:
    """Depends is the group `program` of packages.txt, and procps for the kill of ExecReload."""
    control = (ROOT / "debian/control").read_text(encoding="utf-8")
    (depends,) = re.findall(r"^Depends:\n((?: .*\n)+)", control, re.MULTILINE)
    named = set(re.findall(r"^ ([a-z0-9.-]+),$", depends, re.MULTILINE))
    assert named == _packages("program") | {"procps"}


def test_every_listed_package_stands_once() -> None:
    """packages.txt has three groups and no package twice."""
    groups = [_packages(name) for name in ("program", "demo", "test")]
    lines = re.findall(r"^[a-z]+\s+\S+$", (ROOT / "tests/packages.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert all(groups)
    assert sum(map(len, groups)) == len(set().union(*groups)) == len(lines)


def test_the_manual_documents_every_subcommand() -> None:
    """smime-milter(8) lists the subcommands that exist, and no others."""
    page = (ROOT / "docs/man/smime-milter.8").read_text(encoding="utf-8")
    (section,) = re.findall(r"^\.SH SUBCOMMANDS\n(.*?)^\.SH", page, re.MULTILINE | re.DOTALL)
    documented = {line.split()[1].strip('"').replace("\\", "") for line in re.findall(r"^\.TP\n(.+)$", section, re.MULTILINE)}
    assert documented == {module.replace("_", "-") for module, _ in COMMANDS}


def _packages(group: str) -> set[str]:
    text = (ROOT / "tests/packages.txt").read_text(encoding="utf-8")
    return set(re.findall(rf"^{group}\s+(\S+)$", text, re.MULTILINE))
