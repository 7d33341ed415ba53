"""A milter that takes every chunk and accepts every message: what a benchmark measures against.

Run as `python3 -m tests.support.accept_all SOCKET`. With a second argument it writes what it saw
of every message there, one JSON line each.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import Milter

_WANTED = "{client_addr} {client_name} {daemon_name}"
_SEEN = ("i", "{daemon_name}", "{client_addr}", "{auth_authen}", "{tls_version}", "{cipher}", "{cipher_bits}")


class AcceptAll(Milter.Base):  # type: ignore[misc]
    log: Path | None = None

    def negotiate(self, opts: Any) -> Any:
        answer = super().negotiate(opts)
        # Not self.setsymlist(): pymilter hands bytes to a C call that wants str.
        self._ctx.setsymlist(Milter.M_CONNECT, _WANTED)
        return answer

    def connect(self, name: str, family: int, address: Any) -> Any:
        self.client = address[0] if address else ""
        self.macros: dict[str, str] = {}
        return Milter.CONTINUE

    def hello(self, name: str) -> Any:
        self._note_macros()
        return Milter.CONTINUE

    def envfrom(self, sender: str, *parameters: str) -> Any:
        self._note_macros()
        self.size = 0
        return Milter.CONTINUE

    @Milter.decode("bytes")  # type: ignore[misc]
    def header(self, name: str, value: bytes) -> Any:
        return Milter.CONTINUE

    def body(self, chunk: bytes) -> Any:
        self.size += len(chunk)
        return Milter.CONTINUE

    def eom(self) -> Any:
        self._note_macros()
        if self.log:
            seen = {"client": self.client, "size": self.size, "macros": self.macros}
            with self.log.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(seen) + "\n")
        return Milter.ACCEPT

    def _note_macros(self) -> None:
        for name in _SEEN:
            value = self.getsymval(name)
            if value is not None:
                self.macros[name] = value


@contextmanager
def running(log: Path | None = None) -> Iterator[str]:
    """Start one for the length of a `with`; yields its socket as Postfix wants it named."""
    folder = Path(tempfile.mkdtemp(prefix="sma-"))
    folder.chmod(0o755)
    socket = folder / "milter.sock"
    command = [sys.executable, "-m", "tests.support.accept_all", f"unix:{socket}", *([str(log)] if log else [])]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], umask=0)
    try:
        _wait_for(socket)
        yield f"unix:{socket}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(socket: Path) -> None:
    for _ in range(100):
        if socket.exists():
            return
        time.sleep(0.05)
    raise TimeoutError(f"no milter at {socket}")


def main() -> None:
    AcceptAll.log = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    Milter.factory = AcceptAll
    Milter.set_flags(Milter.CHGBODY + Milter.CHGHDRS + Milter.ADDHDRS + Milter.SETSYMLIST)
    Milter.runmilter("accept-all", sys.argv[1], 300)


if __name__ == "__main__":
    main()
