"""One configuration at run time: used, replaced, closed with its last message."""

from __future__ import annotations

import threading

import pytest

from smime_milter.adapters.milter.runtime import Current
from smime_milter.model.errors import Unavailable
from tests.support.fake_tools import World


def test_closed_with_the_last_message() -> None:
    """A retired configuration lives as long as somebody uses it, and is closed once."""
    world = World()
    runtime = world.runtime()
    assert runtime.acquire() and runtime.acquire() and runtime.users == 2
    runtime.retire()
    assert not runtime.acquire()
    runtime.release()
    assert world.closed == 0
    runtime.release()
    assert world.closed == 1


def test_closed_at_once_if_nobody_uses_it() -> None:
    """A configuration without a message in flight goes when it is replaced, and new messages have the next."""
    old, new = World(), World()
    current = Current(old.runtime())
    following = new.runtime()
    current.replace(following)
    assert old.closed == 1 and current.acquire() is following and following.users == 1


def test_a_stopped_daemon_does_not_wait_for_a_configuration() -> None:
    """Retired without a successor: a new message is told to come back, it does not spin."""
    current = Current(World().runtime())
    current.runtime.retire()
    ended: list[str] = []

    def acquire() -> None:
        try:
            current.acquire()
        except Unavailable:
            ended.append("told")
    thread = threading.Thread(target=acquire, daemon=True)
    thread.start()
    current.is_draining = True
    thread.join(5)
    assert ended == ["told"]
    with pytest.raises(Unavailable):
        current.acquire()
