"""Throw-away roots of a Debian release, filled from the mirrors this machine uses itself.

A root is a stack of folders that overlayfs shows as one. Every command mounts it in namespaces of
its own, so nothing stays mounted or running, whatever ends the command.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

APT = Path("/etc/apt")
ONE_LINE = re.compile(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(?:\S+\s+)*main\b")
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
PASSED_ON = ("http_proxy", "https_proxy", "no_proxy")
# volatile: nothing waits for the disk. It wants a fresh working folder at every mount.
# Not exec at the end: as process 1 a command behaves differently (systemd's tools write to the kernel log).
ENTER = """
set -e
top=$1; lower=$2; network=$3; shift 3
rm -rf "$top/work"; mkdir "$top/work"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$top/upper,workdir=$top/work,volatile" "$top/root"
mount -t proc proc "$top/root/proc"
mount --rbind /dev "$top/root/dev"
if [ "$network" = no ]; then ip link set lo up; fi
chroot "$top/root" "$@" || exit $?
"""


@dataclass(frozen=True)
class Root:
    """A whole Debian: what `top`/upper holds over the folders of `lower`, the first of them uppermost."""

    top: Path
    lower: tuple[Path, ...]

    def __post_init__(self) -> None:
        for name in ("upper", "root"):
            (self.top / name).mkdir(parents=True)

    @property
    def written(self) -> Path:
        """The folder with the files that were written in this root."""
        return self.top / "upper"

    def over(self, name: str, *layers: Path) -> Root:
        """A new root that starts as this one is now, with these folders laid over it."""
        return Root(self.top.with_name(name), (*layers, self.written, *self.lower))

    def run(
        self, *command: str, network: bool = True, seconds: int = 120, expect: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run as root inside and wait; without network there is loopback alone. A wrong exit status fails the test."""
        run = _run(
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", *(() if network else ("--net",))),
            *("sh", "-c", ENTER, "enter", str(self.top), ":".join(map(str, self.lower)), "yes" if network else "no"),
            *("env", "-i", *(f"{name}={value}" for name, value in {**_environment(), **environment}.items())),
            *command,
            seconds=seconds,
        )
        said = f"{run.stdout[-6000:]}\n{run.stderr[-6000:]}"
        assert expect is None or run.returncode == expect, f"{' '.join(command)}: {run.returncode}\n{said}"
        return run

    def script(
        self, text: str, *, network: bool = True, seconds: int = 120, expect: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell script inside, as `run` does; it ends at its first failure."""
        return self.run("sh", "-ec", text, network=network, seconds=seconds, expect=expect, **environment)

    def install(self, *packages: str) -> str:
        """Install with apt, recommended packages left out; a .deb is named by its path. Returns what apt said."""
        return self.run("apt-get", "-q", "-y", "--no-install-recommends", "install", *packages, seconds=300).stdout


def make_base(suite: str, folder: Path) -> Root:
    """Bootstrap a minimal root with apt; it starts no service, and its package lists are fresh."""
    base = folder / "base"
    sources = "".join(f"deb {uri} {name} main\n" for uri, name in _sources(suite))
    command = ("mmdebstrap", "--quiet", "--variant=apt", "--dpkgopt=force-unsafe-io", "--include=ca-certificates", suite)
    run = _run(*command, str(base), "-", seconds=300, given=sources)
    assert run.returncode == 0, f"mmdebstrap {suite}: {run.stderr[-3000:]}"
    policy = base / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    policy.chmod(0o755)
    for name in ("resolv.conf", "hosts"):
        if (Path("/etc") / name).exists():
            shutil.copy(Path("/etc") / name, base / "etc" / name)
    root = Root(folder / "bare", (base,))
    root.run("apt-get", "-q", "update")
    return root


def _environment() -> dict[str, str]:
    return ENVIRONMENT | {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def _run(*command: str, seconds: int, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=given, capture_output=True, text=True, errors="replace", timeout=seconds)


def _sources(suite: str) -> Iterator[tuple[str, str]]:
    """(mirror, suite) for the release, its updates and, where this machine has a mirror of them, security fixes."""
    here = _codename()
    known = {name: uri for uri, name in _own_sources()}
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
        return Path("/" + uri.removeprefix("mirror+file:").lstrip("/")).read_text(encoding="utf-8").split()[0]
    return uri


def _codename() -> str:
    found = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(encoding="utf-8"), re.MULTILINE)
    assert found, "this machine does not say which Debian it is"
    return found[1]
