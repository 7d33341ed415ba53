"""Throw-away roots of a Debian release, filled from the mirrors this machine uses itself.

Commands run in namespaces of their own, so nothing stays mounted or running, whatever ends them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

APT = Path("/etc/apt")
ONE_LINE = re.compile(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(?:\S+\s+)*main\b")
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
PASSED_ON = ("http_proxy", "https_proxy", "no_proxy")
ENTER = """
set -e
root=$1; network=$2; shift 2
mount --rbind /dev "$root/dev"
if [ "$network" = loopback ]; then ip link set lo up; fi
# Not exec: as process 1 a command would behave differently (systemd's tools then write to the kernel log).
chroot "$root" "$@" || exit $?
"""


@dataclass(frozen=True)
class Root:
    """A folder that holds a whole Debian."""

    path: Path

    def run(
        self, *command: str, network: bool = True, seconds: int = 120, expect: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run as root inside and wait; without network there is loopback alone. A wrong exit status fails the test."""
        run = _run(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.path}/proc"),
                *(() if network else ("--net",)),
                *("sh", "-c", ENTER, "enter", str(self.path), "all" if network else "loopback"),
                *("env", "-i", *(f"{name}={value}" for name, value in {**_environment(), **environment}.items())),
                *command,
            ],
            seconds,
        )
        said = f"{run.stdout[-6000:]}\n{run.stderr[-6000:]}"
        assert expect is None or run.returncode == expect, f"{' '.join(command)}: {run.returncode}\n{said}"
        return run

    def install(self, *packages: str, seconds: int = 300) -> str:
        """Install with apt, recommended packages left out; a .deb is named by its path. Returns what apt said."""
        return self.run("apt-get", "-q", "-y", "--no-install-recommends", "install", *packages, seconds=seconds).stdout

    def copy(self, name: str) -> Root:
        """A second root beside this one, as it is now."""
        other = self.path.with_name(name)
        copied = _run(["cp", "-a", "--reflink=auto", str(self.path), str(other)], 120)
        assert copied.returncode == 0, copied.stderr
        return Root(other)


def make_base(suite: str, folder: Path) -> Root:
    """Bootstrap a minimal root with apt; it starts no service, and its package lists are fresh."""
    root = Root(folder / "base")
    sources = "".join(f"deb {uri} {name} main\n" for uri, name in _sources(suite))
    command = ["mmdebstrap", "--quiet", "--variant=apt", "--dpkgopt=force-unsafe-io", "--include=ca-certificates", suite]
    run = _run([*command, str(root.path), "-"], 300, given=sources)
    assert run.returncode == 0, f"mmdebstrap {suite}: {run.stderr[-3000:]}"
    policy = root.path / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    policy.chmod(0o755)
    for name in ("resolv.conf", "hosts"):
        if (Path("/etc") / name).exists():
            shutil.copy(Path("/etc") / name, root.path / "etc" / name)
    root.run("apt-get", "-q", "update")
    return root


def _environment() -> dict[str, str]:
    return ENVIRONMENT | {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def _run(command: Sequence[str], seconds: int, *, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=given, capture_output=True, text=True, errors="replace", timeout=seconds)


def _sources(suite: str) -> Iterator[tuple[str, str]]:
    """(mirror, suite) for the release, its updates and, where this machine has a mirror of them, security fixes."""
    here = _codename()
    known = dict((name, uri) for uri, name in _own_sources())
    assert here in known, f"no apt source for {here} with component main below {APT}"
    yield known[here], suite
    for extra in ("-updates", "-security"):
        if here + extra in known:
            yield known[here + extra], suite + extra


def _own_sources() -> Iterator[tuple[str, str]]:
    for path in (APT / "sources.list", *sorted((APT / "sources.list.d").glob("*.list"))):
        if path.exists():
            yield from ((_plain(uri), name.split("/")[0]) for uri, name in ONE_LINE.findall(path.read_text(encoding="utf-8")))
    for path in sorted((APT / "sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
            yield from _of_stanza(stanza)


def _of_stanza(stanza: str) -> Iterator[tuple[str, str]]:
    fields = {name.lower(): value.split() for name, value in re.findall(r"^([A-Za-z-]+):(.*)$", stanza, re.MULTILINE)}
    if "deb" in fields.get("types", []) and "main" in fields.get("components", []):
        for name in fields.get("suites", []):
            yield _plain(fields["uris"][0]), name.split("/")[0]


def _plain(uri: str) -> str:
    """The first mirror of a mirror list on this machine, any other address as it is."""
    if uri.startswith("mirror+file:"):
        return Path(uri.removeprefix("mirror+file:").replace("//", "/", 1)).read_text(encoding="utf-8").split()[0]
    return uri


def _codename() -> str:
    found = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(encoding="utf-8"), re.MULTILINE)
    assert found, "this machine does not say which Debian it is"
    return found[1]
