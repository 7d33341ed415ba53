"""What a confined process can still do, and all that it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Run in a process of its own: what is closed stays closed.
PROBE = """
import ctypes, errno, fcntl, hashlib, json, mmap, os, re, signal, socket, subprocess, sys, threading
from smime_milter.model.spool import Spool
from smime_milter.worker.sandbox import confine
libc = ctypes.CDLL(None, use_errno=True)
pair = socket.socketpair()
readable = os.open("/etc/hostname", os.O_RDONLY)
found = {}

def refused(name, attempt):
    try:
        result = attempt()
    except OSError as error:
        found[name] = errno.errorcode.get(error.errno, "?")
    except (RuntimeError, ValueError) as error:
        found[name] = "EPERM" if "thread" in str(error) or "not allowed" in str(error) else "?"
    else:
        found[name] = "done"

def works(name, attempt):
    try:
        found[name] = bool(attempt())
    except BaseException as error:
        found[name] = type(error).__name__

def call(number, *arguments):
    def attempt():
        if libc.syscall(number, *arguments) < 0:
            raise OSError(ctypes.get_errno(), "")
    return attempt

confine(memory_limit=512 * 1024 * 1024, cpu_limit=60)
parent = os.getppid()
refused("open", lambda: open("/etc/passwd"))
refused("create", lambda: open("/tmp/smime-milter-probe", "w"))
refused("listdir", lambda: os.listdir("/"))
refused("unlink", lambda: os.unlink("/nonexistent"))
refused("mkdir", lambda: os.mkdir("/tmp/smime-milter-probe"))
refused("chmod", lambda: os.chmod("/nonexistent", 0))
refused("symlink", lambda: os.symlink("a", "/tmp/smime-milter-probe"))
refused("tcp", lambda: socket.socket(socket.AF_INET))
refused("unix", lambda: socket.socket(socket.AF_UNIX))
refused("udp", lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
refused("fork", os.fork)
refused("exec", lambda: os.execv("/bin/true", ["true"]))
refused("thread", lambda: threading.Thread(target=int).start())
refused("kill parent", lambda: os.kill(parent, 0))
refused("kill", lambda: os.kill(os.getpid(), signal.SIGTERM))
refused("setrlimit", lambda: __import__("resource").setrlimit(0, (1, 1)))
refused("own", lambda: fcntl.fcntl(pair[0], fcntl.F_SETOWN, parent))
refused("sig", lambda: fcntl.fcntl(pair[0], fcntl.F_SETSIG, signal.SIGKILL))
refused("ptrace", call(101, 16, parent, 0, 0))
refused("process_vm_readv", call(310, parent, 0, 0, 0, 0, 0))
refused("pidfd_open", call(434, parent, 0))
refused("io_uring", call(425, 1, 0))
refused("bpf", call(321, 0, 0, 0))
refused("unshare", call(272, 0))
refused("mount", call(165, 0, 0, 0, 0, 0))
refused("keyctl", call(250, 0, 0, 0, 0, 0))
refused("userfaultfd", call(323, 0))
refused("execveat", call(322, readable, b"", 0, 0, 0x1000))
works("compute", lambda: hashlib.sha256(b"x" * 1000000).hexdigest())
works("regex", lambda: re.compile("a+b").match("aaab"))
works("memfd", lambda: os.pwrite(os.memfd_create("m", 3), b"x", 0) == 1)

def sealed():
    return Spool.of(b"abc").octets()[:] == b"abc"
works("spool", sealed)
works("talk", lambda: pair[0].send(b"x") == 1 and pair[1].recv(1) == b"x")
works("random", lambda: len(os.urandom(16)) == 16)
works("clock", lambda: __import__("time").time() > 0)
works("held descriptor", lambda: os.read(readable, 1) is not None)

def memory():
    try:
        bytearray(1024 * 1024 * 1024)
    except MemoryError:
        return True
works("memory limit", memory)

def file_limit():
    try:
        os.ftruncate(os.memfd_create("m", 3), 1 << 40)
    except OSError:
        return True
works("file limit", file_limit)

def descriptors():
    held = []
    try:
        for _ in range(1000):
            held.append(os.memfd_create("m", 1))
    except OSError:
        return True
works("descriptor limit", descriptors)
print(json.dumps(found))
"""
REFUSED = (
    "open", "create", "listdir", "unlink", "mkdir", "chmod", "symlink", "tcp", "unix", "udp", "fork", "exec", "thread",
    "kill parent", "kill", "setrlimit", "own", "sig", "ptrace", "process_vm_readv", "pidfd_open", "io_uring", "bpf", "unshare",
    "mount", "keyctl", "userfaultfd", "execveat")
ALLOWED = (
    "compute", "regex", "memfd", "spool", "talk", "random", "clock", "held descriptor", "memory limit",
    "file limit", "descriptor limit")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-c", PROBE], env={"PYTHONPATH": str(ROOT / "milter"), "LANG": "C.UTF-8"}, capture_output=True,
        timeout=60)
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    answers: dict[str, Any] = json.loads(run.stdout)
    return answers


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_worker_cannot_do(what: str, found: dict[str, Any]) -> None:
    """No file, no network, no other process, no more rights: refused, and the worker lives on."""
    assert found[what] in ("EPERM", "EAGAIN" if what in ("fork", "thread") else "EPERM")


@pytest.mark.parametrize("what", ALLOWED)
def test_what_a_worker_can_do(what: str, found: dict[str, Any]) -> None:
    """Compute, hold memory up to its limits, and talk over what it was given."""
    assert found[what] is True


def test_cpu_is_bounded() -> None:
    """A worker that never ends is ended by the kernel, whatever the daemon does."""
    script = "from smime_milter.worker.sandbox import confine\nconfine(memory_limit=1 << 30, cpu_limit=1)\nwhile True: pass"
    run = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(ROOT / "milter")}, capture_output=True,
                         timeout=30)
    assert run.returncode < 0
