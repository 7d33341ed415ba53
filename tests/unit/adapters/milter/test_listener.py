"""The socket the MTA connects to."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from smime_milter.adapters.milter.listener import listen
from smime_milter.model.errors import Unavailable
from tests.support.ports import free_ports


def test_a_unix_socket_is_for_user_and_group(tmp_path: Path) -> None:
    """Mode 0660, whatever the umask of the caller, which is left as it was."""
    before = os.umask(0)
    try:
        with listen(f"unix:{tmp_path}/milter.sock"):
            assert stat.S_IMODE((tmp_path / "milter.sock").stat().st_mode) == 0o660
        assert os.umask(0) == 0
    finally:
        os.umask(before)


def test_a_socket_left_behind_is_taken_over(tmp_path: Path) -> None:
    """A daemon that was killed leaves its socket: the next one starts all the same."""
    listen(f"unix:{tmp_path}/milter.sock").close()
    assert (tmp_path / "milter.sock").exists()
    with listen(f"unix:{tmp_path}/milter.sock") as listener, socket.socket(socket.AF_UNIX) as client:
        client.connect(f"{tmp_path}/milter.sock")
        listener.accept()[0].close()


def test_a_live_socket_is_not_ours_to_take(tmp_path: Path) -> None:
    """Two daemons on one socket would halve the mail: the second one does not start, the first goes on."""
    with listen(f"unix:{tmp_path}/milter.sock"):
        with pytest.raises(Unavailable, match="another milter"):
            listen(f"unix:{tmp_path}/milter.sock")
        assert (tmp_path / "milter.sock").exists()


def test_another_file_of_that_name_is_not_removed(tmp_path: Path) -> None:
    """Only a socket is taken for a left-over."""
    (tmp_path / "milter.sock").write_text("something")
    with pytest.raises(Unavailable):
        listen(f"unix:{tmp_path}/milter.sock")
    assert (tmp_path / "milter.sock").read_text() == "something"


@pytest.mark.parametrize("address", ["unix:/nonexistent/milter.sock", "inet:1@192.0.2.1"])
def test_what_cannot_be_opened_is_named(address: str) -> None:
    """The message names the socket and the reason."""
    with pytest.raises(Unavailable, match=address):
        listen(address)


def test_tcp_does_not_delay_small_packets() -> None:
    """Each edit is a small packet: Nagle's 44 ms would be paid for every one."""
    (port,) = free_ports(1)
    with listen(f"inet:{port}@127.0.0.1") as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) and listener.getsockname() == ("127.0.0.1", port)
        assert not listener.getblocking()
