"""The package in clean roots of Debian 12 and 13: built, linted, installed by apt, working, purged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files
from tests.packaging.roots import Root, make_base
from tests.support.vectors import cache_folder

pytestmark = pytest.mark.server

SOURCE = "/build/smime-milter"
CONFIG = "/etc/smime-milter/smime-milter.yaml"
DIST = "/usr/lib/python3/dist-packages"
TESTED = " ".join(name for name in ("tests/unit", "tests/contracts") if (ROOT / name).is_dir())
INSTALLED_FILES = (
    "/etc/smime-milter/smime-milter.yaml",
    "/usr/bin/smime-milter",
    "/usr/lib/python3/dist-packages/smime_milter/__init__.py",
    "/usr/lib/sysusers.d/smime-milter.conf",
    "/usr/lib/tmpfiles.d/smime-milter.conf",
    "/usr/share/doc/smime-milter/README.Debian",
    "/usr/share/doc/smime-milter/copyright",
    "/usr/share/man/man5/smime-milter.yaml.5.gz",
    "/usr/share/man/man8/smime-milter.8.gz",
)


@pytest.fixture(scope="session", params=["bookworm", "trixie"])
def base(request: pytest.FixtureRequest) -> Iterator[Root]:
    """A bare root of the release; it and everything beside it is deleted at the end."""
    suite = str(request.param)
    with tempfile.TemporaryDirectory(prefix=f"smime-milter-{suite}-", dir="/var/tmp") as folder:
        yield make_base(suite, Path(folder))


@pytest.fixture(scope="session")
def source(base: Root) -> Path:
    """A layer with what git would hand out in /build/smime-milter."""
    layer = base.top.with_name("source")
    for name in _tracked():
        target = layer / SOURCE[1:] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    return layer


@pytest.fixture(scope="session")
def build(base: Root, source: Path) -> Root:
    """A root in which the source was built without network; its tests run on the installed package instead."""
    root = base.over("build", source)
    root.install("build-essential", "lintian", "man-db")
    root.run("apt-get", "-q", "-y", "--no-install-recommends", "-P", "nocheck", "build-dep", SOURCE, seconds=300)
    command = f"cd {SOURCE}; exec dpkg-buildpackage -us -uc -b -Pnocheck"
    root.script(command, network=False, seconds=300, DEB_BUILD_OPTIONS="nocheck")
    return root


@pytest.fixture(scope="session")
def package(build: Root) -> Path:
    """A layer with the built package as /package/smime-milter.deb."""
    (built,) = (build.written / "build").glob("smime-milter_*_all.deb")
    layer = build.top.with_name("package")
    (layer / "package").mkdir(parents=True)
    shutil.copy(built, layer / "package/smime-milter.deb")
    return layer


@pytest.fixture(scope="session")
def installed(base: Root, package: Path) -> Root:
    """A bare root into which apt installed the package from its file, with what it depends on and nothing else."""
    root = base.over("installed", package)
    said = root.install("/package/smime-milter.deb")
    for line in ("edit ", "check ", "connect "):
        assert line in said
    return root


def test_lintian_finds_nothing(build: Root) -> None:
    """lintian has no error and no warning about the package."""
    run = build.script("lintian -I --pedantic --fail-on error,warning /build/smime-milter_*.changes", expect=None)
    assert run.returncode == 0, run.stdout + run.stderr


def test_what_is_in_the_package(installed: Root) -> None:
    """The program, its migrations, unit, user, man pages and configuration are there; tests and sources are not."""
    names = installed.run("dpkg", "-L", "smime-milter").stdout.splitlines()
    assert sorted(set(INSTALLED_FILES) - set(names)) == []
    assert any(re.fullmatch(r"(/usr)?/lib/systemd/system/smime-milter\.service", name) for name in names)
    assert any(re.search(r"/stores/migrations/versions/\w+\.py$", name) for name in names)
    assert not [name for name in names if re.search(r"/tests?(/|$)|conftest", name)]
    assert re.fullmatch(r"#! ?/usr/bin/python3\n", installed.run("head", "-n1", "/usr/bin/smime-milter").stdout)
    assert CONFIG in installed.run("dpkg-query", "-W", "-f", "${Conffiles}", "smime-milter").stdout


def test_all_of_the_program_is_in_the_package(source: Path, installed: Root) -> None:
    """Every file below milter/smime_milter arrives in dist-packages: no template or script is forgotten."""
    top = source / SOURCE[1:] / "milter"
    wanted = {str(path.relative_to(top)) for path in files(top / "smime_milter")}
    found = installed.script(f"cd {DIST}; find smime_milter -type f").stdout.splitlines()
    assert len(wanted) > 10
    assert sorted(wanted - set(found)) == []


def test_owners_and_modes(installed: Root) -> None:
    """The daemon has a user of its own, can read its keys and not write them, and alone sees its state."""
    assert installed.run("id", "-un", "_smime-milter").stdout == "_smime-milter\n"
    stat = installed.run("stat", "-c", "%a %U:%G", "/etc/smime-milter/keys", "/var/lib/smime-milter").stdout.splitlines()
    assert stat == ["750 root:_smime-milter", "750 _smime-milter:_smime-milter"]


def test_the_command_works(installed: Root) -> None:
    """--help and check-config run with nothing but the dependencies of the package, and a fault is exit status 2."""
    assert "check-config" in installed.run("smime-milter", "--help").stdout
    installed.run("smime-milter", "check-config")
    wrong = "echo 'organisation: {domain: [wwk.de]}' >/tmp/wrong.yaml; exec smime-milter --config /tmp/wrong.yaml check-config"
    run = installed.script(wrong, expect=2)
    assert "/tmp/wrong.yaml:1:" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr


def test_the_unit_is_understood_and_narrow(installed: Root) -> None:
    """systemd knows every key of the unit, it is enabled, and its exposure is 1.5 or less."""
    names = installed.run("dpkg", "-L", "smime-milter").stdout
    (path,) = re.findall(r"^\S+/system/smime-milter\.service$", names, re.MULTILINE)
    verify = installed.run("systemd-analyze", "verify", "--man=no", path)
    assert verify.stdout + verify.stderr == ""
    installed.run("systemd-analyze", "security", "--offline=true", "--threshold=15", path)
    assert installed.run("systemctl", "is-enabled", "smime-milter").stdout == "enabled\n"


def test_the_daemon_runs_as_its_own_user(installed: Root) -> None:
    """With what the package made and nothing else, the daemon opens its socket as _smime-milter and leaves on SIGTERM."""
    root = installed.over("daemon")
    # Within a sandbox systemd closes the folder of other services' credentials.
    run = """
        install -d -m 000 /run/credentials
        setpriv --reuid=_smime-milter --regid=_smime-milter --clear-groups smime-milter run & daemon=$!
        for turn in $(seq 150); do [ -S /run/smime-milter/milter.sock ] && break; kill -0 $daemon || wait $daemon; sleep 0.2; done
        stat -c '%A %U' /run/smime-milter/milter.sock
        kill -TERM $daemon
        wait $daemon
    """
    assert root.script(run, network=False).stdout.splitlines()[-1] == "srw-rw---- _smime-milter"


def test_the_spool_folder_comes_with_postfix(installed: Root) -> None:
    """Postfix installed after the milter gets the folder for the socket: mode 2750, its own group."""
    folder = "/var/spool/postfix/smime-milter"
    root = installed.over("postfix")
    root.run("test", "-e", folder, expect=1)
    root.install("postfix")
    assert root.run("stat", "-c", "%a %U:%G", folder).stdout == "2750 _smime-milter:postfix\n"


@pytest.fixture(scope="session")
def vectors(base: Root) -> Path:
    """A layer with the test vectors that tests/install fetched, below /vectors."""
    layer = base.top.with_name("vectors")
    shutil.copytree(cache_folder(), layer / "vectors" / cache_folder().name)
    return layer


def test_the_unit_tests_pass_on_the_installed_package(installed: Root, source: Path, vectors: Path) -> None:
    """With the release's own modules and no network the unit tests and contracts pass against dist-packages.

    Those that compare documents with the source tree stay out: there is none beside the package.
    """
    root = installed.over("units", vectors, source)
    root.install("python3-pytest", "python3-hypothesis", "python3-aiosmtpd", "openssl")
    # Without milter/: setup.cfg would put it before dist-packages.
    where = f"cd {SOURCE}; rm -r milter; exec /usr/bin/python3 -c 'import smime_milter; print(smime_milter.__file__)'"
    assert root.script(where).stdout.startswith(DIST)
    options = "-q -p no:cacheprovider --ignore=tests/unit/docs -m 'not server and not bench'"
    command = f"cd {SOURCE}; exec /usr/bin/python3 -m pytest {options} {TESTED}"
    run = root.script(command, network=False, seconds=600, expect=None, XDG_CACHE_HOME="/vectors")
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert re.search(r"\b\d{2,} passed", run.stdout)
    assert "skipped" not in run.stdout.splitlines()[-1]


def test_the_manual_can_be_read(build: Root) -> None:
    """Both man pages are laid out without a complaint."""
    for page in ("man8/smime-milter.8.gz", "man5/smime-milter.yaml.5.gz"):
        path = f"{SOURCE}/debian/smime-milter/usr/share/man/{page}"
        run = build.run("man", "--warnings", "-E", "UTF-8", "-l", path, MANWIDTH="100", LC_ALL="C.UTF-8")
        assert "SMIME-MILTER" in run.stdout
        assert run.stderr == ""


def test_purge_leaves_nothing_of_an_unused_installation(installed: Root) -> None:
    """After purge without a store and keys, nothing of the package is left but the user, as is Debian's custom."""
    root = installed.over("purge-unused")
    root.run("apt-get", "-q", "-y", "purge", "smime-milter")
    for path in ("/etc/smime-milter", "/var/lib/smime-milter", "/run/smime-milter", f"{DIST}/smime_milter"):
        root.run("test", "-e", path, expect=1)


def test_purge_keeps_what_exists_nowhere_else(installed: Root) -> None:
    """Learned certificates, held mail and keys outlive purge, and it says where they are."""
    root = installed.over("purge-used")
    kept = "/var/lib/smime-milter/certificates.db /etc/smime-milter/keys/wwk.de.pem"
    root.script(f"for file in {kept}; do echo kept >$file; done")
    said = root.run("apt-get", "-q", "-y", "purge", "smime-milter").stdout
    assert root.script(f"cat {kept}").stdout == "kept\nkept\n"
    root.run("test", "-e", CONFIG, expect=1)
    assert "/var/lib/smime-milter is not empty" in said
    assert "/etc/smime-milter/keys is not empty" in said


def _tracked() -> list[str]:
    """Every file that git tracks or would track, as it is in the working tree."""
    # safe.directory: root may test a clone that belongs to somebody else.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True).stdout
    return [name for name in names.split("\0") if name and os.path.lexists(ROOT / name)]
