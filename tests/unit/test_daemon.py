"""The daemon as a process: start, reload and stop as systemd does it, without an MTA and without root."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.support.pki import Authority
from tests.support.places import Places

pytestmark = pytest.mark.server  # workers start several times: more than three seconds
ROOT = Path(__file__).resolve().parents[2]


class Running:
    """`smime-milter run`, its journal on standard error, and what it tells systemd."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind(str(places.home / "notify"))
        self.notified.settimeout(20)
        self.log = (places.home / "log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "smime_milter", "--config", str(places.config), "run"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.log, cwd="/",
            env={"PYTHONPATH": str(ROOT / "milter"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
                 "CREDENTIALS_DIRECTORY": str(places.home / "credentials"), "NOTIFY_SOCKET": str(places.home / "notify")})

    def lines(self) -> list[str]:
        return (self.places.home / "log").read_text().splitlines()

    def events(self) -> list[str]:
        return [json.loads(line)["SMIME_EVENT"] for line in self.lines() if line.startswith("{")]

    def wait_for(self, event: str) -> dict[str, Any]:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            for line in self.lines():
                if line.startswith("{") and json.loads(line)["SMIME_EVENT"] == event:
                    found: dict[str, Any] = json.loads(line)
                    return found
            time.sleep(0.02)
        raise AssertionError(f"no {event}: {self.lines()}")

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.notified.close()
        self.log.close()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(at=datetime.now(timezone.utc) - timedelta(days=30))


@pytest.fixture
def places(tmp_path: Path, authority: Authority) -> Places:
    return Places(tmp_path, authority, {})


@pytest.fixture
def running(places: Places) -> Iterator[Running]:
    made = Running(places)
    try:
        assert b"READY=1" in made.notified.recv(4096)
        yield made
    finally:
        made.close()


def test_a_life(running: Running, places: Places) -> None:
    """Ready, listening, recorded; a good and a faulty configuration; gone at once when asked, with nothing left."""
    mode = (places.home / "milter.sock").stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660
    assert str(places.home / "milter.sock") in running.wait_for("daemon.started")["SMIME_SOCKET"]

    places.write("nonsense: 1\n")
    running.process.send_signal(signal.SIGHUP)
    rejected = running.wait_for("config.rejected")
    assert "nonsense" in rejected["MESSAGE"] and "config.loaded" not in running.events()
    places.write("", domains="[wwk.de]")
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("config.loaded")
    with socket.socket(socket.AF_UNIX) as mta:
        mta.settimeout(5)
        mta.connect(str(places.home / "milter.sock"))
        # libmilter's greeting: option negotiation, version 6, all actions, all steps
        mta.sendall(b"\0\0\0\x0dO" + b"\0\0\0\6" + b"\0\0\1\xff" + b"\0\x1f\xff\xff")
        assert mta.recv(5)[4:5] == b"O"
    workers = _children(running.process.pid)

    began = time.monotonic()
    assert running.end() == 0 and time.monotonic() - began < 3
    assert b"STOPPING=1" in running.notified.recv(4096)
    assert running.events()[-1] == "daemon.stopped" and not (places.home / "milter.sock").exists()
    assert all(line.startswith("{") for line in running.lines()), running.lines()
    until = time.monotonic() + 5
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert workers and not any(Path(f"/proc/{worker}").exists() for worker in workers)


def _children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def test_a_configuration_that_cannot_be_used_later(running: Running, places: Places) -> None:
    """A reload that finds its store out of reach changes nothing either."""
    (places.home / "root.pem").write_text("no certificate")
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("config.rejected")
    assert running.process.poll() is None and "config.loaded" not in running.events()
    assert running.end() == 0


@pytest.mark.parametrize("fault", ["yaml", "key", "store", "socket", "missing"])
def test_what_cannot_start(fault: str, places: Places) -> None:
    """Exit status 78, which systemd does not try again, and lines that name what is wrong; no traceback."""
    if fault == "yaml":
        places.write("outbound: {encrypt: sometimes}\n")
    elif fault == "key":
        (places.home / "root.pem").unlink()
    elif fault == "store":
        (places.home / "state/certificates.db").mkdir()
    elif fault == "socket":
        (places.home / "milter.sock").write_text("occupied")
    else:
        places.config.unlink()
    started = Running(places)
    try:
        assert started.process.wait(20) == 78
        assert started.lines() and "Traceback" not in "".join(started.lines())
        assert all(line.startswith("smime-milter: ") for line in started.lines() if not line.startswith("{"))
    finally:
        started.close()


def test_a_killed_daemon_leaves_no_worker(running: Running, places: Places) -> None:
    """kill -9 of the daemon ends its workers, and its socket is taken over by the next one."""
    workers = _children(running.process.pid)
    running.process.kill()
    running.process.wait()
    until = time.monotonic() + 5
    while any(os.path.exists(f"/proc/{worker}") for worker in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert workers and not any(os.path.exists(f"/proc/{worker}") for worker in workers)
    (places.home / "notify").unlink()
    following = Running(places)
    try:
        assert b"READY=1" in following.notified.recv(4096)
        assert following.end() == 0
    finally:
        following.close()
