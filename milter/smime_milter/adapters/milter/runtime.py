"""What one configuration needs at run time; replaced as a whole on reload, closed when its last message is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from smime_milter.model.errors import Unavailable
from smime_milter.model.settings import Settings
from smime_milter.pipeline.split import Means
from smime_milter.pipeline.tools import Tools


@dataclass(slots=True)
class Runtime:
    """`tools` makes the ports of one message; its argument is called while the message is worked on.

    `means` are the splitter's.
    """

    settings: Settings
    tools: Callable[[Callable[[], None]], Tools]
    close: Callable[[], None]
    means: Means | None = None
    _users: int = 0
    _is_retired: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acquire(self) -> bool:
        """Whether a message may still begin with this configuration."""
        with self._lock:
            if self._is_retired:
                return False
            self._users += 1
            return True

    def release(self) -> None:
        with self._lock:
            self._users -= 1
            is_last = self._is_retired and self._users == 0
        if is_last:
            self.close()

    def retire(self) -> None:
        """No new messages; close now, or when the last one is done."""
        with self._lock:
            self._is_retired = True
            is_idle = self._users == 0
        if is_idle:
            self.close()

    @property
    def users(self) -> int:
        return self._users


class Current:
    """The configuration that new messages use."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.is_draining = False

    @property
    def runtime(self) -> Runtime:
        return self._runtime

    def acquire(self) -> Runtime:
        while not self.is_draining:
            runtime = self._runtime
            if runtime.acquire():
                return runtime  # else replaced between the two steps: the next one is there already
        raise Unavailable("daemon", "stopping")

    def replace(self, runtime: Runtime) -> None:
        old, self._runtime = self._runtime, runtime
        old.retire()
