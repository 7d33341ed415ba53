"""Where the milter listens, and how Postfix must write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from smime_milter.config.sockets import as_postfix_writes_it, is_reachable, milter_socket, split_socket
from smime_milter.model.settings import MilterSettings

HERE = Path("/")
NOT_HERE = Path("/nonexistent/postfix")


def test_auto_is_where_the_mta_can_see_it() -> None:
    """With Postfix below its queue directory, which the chroot shows; else in /run; the splitter beside."""
    auto = MilterSettings()
    assert milter_socket(auto, postfix=HERE) == "unix:/var/spool/postfix/smime-milter/milter.sock"
    assert split_socket(auto, postfix=HERE) == "unix:/var/spool/postfix/smime-milter/split.sock"
    assert milter_socket(auto, postfix=NOT_HERE) == "unix:/run/smime-milter/milter.sock"


def test_a_given_socket_is_taken_and_the_splitter_stands_beside_it() -> None:
    """auto for the splitter follows the milter's own folder; over inet it has the folder of auto."""
    assert split_socket(MilterSettings(socket="unix:/srv/m.sock"), postfix=HERE) == "unix:/srv/split.sock"
    inet = MilterSettings(socket="inet:8899@127.0.0.1")
    assert milter_socket(inet) == "inet:8899@127.0.0.1"
    assert split_socket(inet, postfix=NOT_HERE) == "unix:/run/smime-milter/split.sock"
    assert split_socket(MilterSettings(split="unix:/srv/s.sock")) == "unix:/srv/s.sock"


@pytest.mark.parametrize("socket, is_chrooted, written", [
    ("unix:/var/spool/postfix/smime-milter/milter.sock", True, "unix:smime-milter/milter.sock"),
    ("unix:/var/spool/postfix/smime-milter/milter.sock", False, "unix:/var/spool/postfix/smime-milter/milter.sock"),
    ("unix:/run/smime-milter/milter.sock", False, "unix:/run/smime-milter/milter.sock"),
    ("inet:8899@127.0.0.1", True, "inet:127.0.0.1:8899"),
])
def test_postfix_writes_host_first_and_paths_from_its_chroot(socket: str, is_chrooted: bool, written: str) -> None:
    """The word for smtpd_milters differs from ours in both cases people stumble over."""
    assert as_postfix_writes_it(socket, is_chrooted=is_chrooted) == written


def test_a_chrooted_smtpd_reaches_only_its_queue_directory() -> None:
    """/run is out of reach for Debian's smtpd; inet never is."""
    queue = Path("/var/spool/postfix")
    assert not is_reachable("unix:/run/m.sock", queue=queue, is_chrooted=True)
    assert is_reachable("unix:/run/m.sock", queue=queue, is_chrooted=False)
    assert is_reachable("unix:/var/spool/postfix/m.sock", queue=queue, is_chrooted=True)
    assert is_reachable("inet:8899@127.0.0.1", queue=queue, is_chrooted=True)
