"""The daemon, with a switch that kills it at a named point: `python -m tests.support.faulty_daemon --config … run`.

The file named by FAULT holds a point and a number, such as `submit.after 2`: when that point is
reached for the second time the file is removed and the process ends as SIGKILL ends it. While
there is no such file it is the daemon and nothing else.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smime_milter.adapters import splitter
from smime_milter.adapters.sealer import Sealer
from smime_milter.adapters.stores.held import Held
from smime_milter.adapters.stores.receipts import Receipts
from smime_milter.adapters.submit import SmtpSubmit
from smime_milter.cli import main

# Name -> the class and method around which it lies.
PLACES: dict[str, tuple[Any, str]] = {
    "seal": (Sealer, "seal"), "begin": (Receipts, "begin"), "submit": (SmtpSubmit, "submit"),
    "finish": (Receipts, "finish"), "keep": (Held, "keep"), "answer": (splitter, "written"),
}
FAULT = Path(os.environ.get("FAULT", "/nonexistent"))
_seen: Counter[str] = Counter()
_lock = threading.Lock()


def reached(point: str) -> None:
    """Die here if this is the point, and the time."""
    with _lock:
        try:
            wanted, number = FAULT.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            _seen.clear()
            return
        _seen[point] += 1
        if point == wanted and _seen[point] == int(number):
            FAULT.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def around(name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        reached(f"{name}.before")
        result = inner(*arguments, **named)
        reached(f"{name}.after")
        return result
    return call


def patch() -> None:
    for name, (owner, method) in PLACES.items():
        setattr(owner, method, around(name, getattr(owner, method)))


if __name__ == "__main__":
    patch()
    main()
