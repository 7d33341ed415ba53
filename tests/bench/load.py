"""Push messages through a private Postfix and count what arrives: bounded, on loopback, ending by itself."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from collections.abc import Iterator
from pathlib import Path

from tests.support.ports import free_ports
from tests.support.postfix import PrivatePostfix

_LIMIT = 180.0


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Postfix's own sink, which accepts and forgets; yields its port."""
    (port,) = free_ports(1)
    process = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.3)
        yield port
    finally:
        process.kill()
        process.wait()


def push(postfix: PrivatePostfix, message: Path, *, sender: str, recipient: str, count: int, sessions: int) -> float:
    """Messages per second from the first connection until Postfix's queue is empty again."""
    start = time.monotonic()
    subprocess.run(
        ["/usr/sbin/smtp-source", "-s", str(sessions), "-m", str(count), "-f", sender, "-t", recipient, "-F", str(message),
         "-M", "client.example", f"127.0.0.1:{postfix.port}"], check=True, timeout=_LIMIT, stdout=subprocess.DEVNULL)
    while _is_busy(postfix.home / "queue"):
        if time.monotonic() - start > _LIMIT:
            raise TimeoutError("the queue does not get empty")
        time.sleep(0.02)
    return count / (time.monotonic() - start)


def _is_busy(queue: Path) -> bool:
    folders = (folder for name in ("incoming", "active", "maildrop", "deferred") for folder in _leaves(queue / name))
    return any(os.listdir(folder) for folder in folders)


def _leaves(folder: Path) -> Iterator[Path]:
    yield folder
    if folder.name == "deferred":
        yield from (entry for entry in folder.iterdir() if entry.is_dir() and any(entry.iterdir()))


def proportional_set_size(pids: list[int]) -> int:
    """Bytes these processes really use: shared pages, also those of anonymous files, count by their share."""
    total = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024
    return total


def children(pid: int) -> list[int]:
    found = subprocess.run(["/usr/bin/pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [int(child) for child in found]
