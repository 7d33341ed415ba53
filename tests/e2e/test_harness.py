"""The servers the other tests lean on do what those tests believe, shown with a milter that accepts everything."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.accept_all import running
from tests.support.postfix import PrivatePostfix, is_running
from tests.support.sink import Sink

pytestmark = pytest.mark.server
MAIL = b"Subject: Termin\r\n\r\nGuten Tag\r\n.ein Punkt\r\n"


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as started:
        yield started


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("milter") / "seen"


@pytest.fixture(scope="module")
def postfix(sink: Sink, seen: Path) -> Iterator[PrivatePostfix]:
    with running(seen) as socket, PrivatePostfix(milters=socket, relay_port=sink.port) as started:
        yield started


@pytest.fixture(autouse=True)
def clean(sink: Sink, seen: Path) -> None:
    sink.clear()
    seen.write_text("")


def noted(seen: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in seen.read_text().splitlines()]


def test_bytes_pass_untouched(postfix: PrivatePostfix, sink: Sink) -> None:
    """8-bit bytes, NUL, trailing blanks and leading dots arrive as they were sent."""
    body = b"\r\n..zwei\r\n.\xe4\xff\x00 \t\r\n\r\n"
    assert postfix.send("a@wwk.de", ["b@makler.example", "c@makler.example"], b"Subject: x\r\n\r\n" + body).is_accepted
    (message,) = sink.wait_for(1)
    assert message.data.endswith(b"\r\n\r\n" + body)
    assert message.recipients == ("b@makler.example", "c@makler.example")


def test_milter_sees_outside_client_and_tls(postfix: PrivatePostfix, sink: Sink, seen: Path) -> None:
    """A pretended address and the TLS session reach the milter."""
    assert postfix.send("x@makler.example", "b@wwk.de", MAIL, client="outside", tls=True).is_accepted
    (message,) = noted(seen)
    assert message["client"] == "192.0.2.10"
    assert message["macros"]["{tls_version}"].startswith("TLSv1")
    assert int(message["macros"]["{cipher_bits}"]) >= 128


def test_milter_sees_login_and_listener(postfix: PrivatePostfix, seen: Path) -> None:
    """A pretended login reaches the milter, with the name of the submission listener."""
    assert postfix.send("erika@wwk.de", "b@makler.example", MAIL, client="198.51.100.7", login="erika").is_accepted
    (message,) = noted(seen)
    assert message["macros"]["{auth_authen}"] == "erika"
    assert message["macros"]["{daemon_name}"] == "SUBMIT"


def test_outside_client_may_not_relay(postfix: PrivatePostfix) -> None:
    """The private Postfix is no open relay: who is outside writes to our domains."""
    sent = postfix.send("x@makler.example", "b@kanzlei.example", MAIL, client="outside")
    assert (sent.last.stage, sent.code) == ("rcpt", 554)


def test_port_behind_asks_no_milter(postfix: PrivatePostfix, sink: Sink, seen: Path) -> None:
    """What is submitted behind the milter is delivered and never shown to it."""
    assert postfix.send("a@wwk.de", "b@makler.example", MAIL, port=postfix.behind).is_accepted
    sink.wait_for(1)
    assert noted(seen) == []


def test_refused_recipient_bounces(postfix: PrivatePostfix, sink: Sink) -> None:
    """A recipient the sink refuses leads to a bounce, one it defers stays queued until it is taken."""
    sink.refuse, sink.defer = {"nobody@makler.example"}, {"later@makler.example"}
    postfix.send("a@wwk.de", ["nobody@makler.example", "later@makler.example"], MAIL)
    assert sink.wait_for(1)[0].sender == ""
    assert [entry["recipients"][0]["address"] for entry in postfix.queue()] == ["later@makler.example"]
    sink.refuse, sink.defer = set(), set()
    postfix.flush()
    sink.wait_for(2)
    postfix.wait_until_empty()


def test_sink_without_8bitmime(tmp_path: Path) -> None:
    """A sink that hides 8BITMIME makes Postfix turn 8-bit text into quoted-printable."""
    typed = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    with Sink(eight_bit=False) as narrow, PrivatePostfix(relay_port=narrow.port) as postfix:
        postfix.send("a@wwk.de", "b@makler.example", typed + b"\r\n\xc3\xa4\r\n")
        assert b"quoted-printable" in narrow.wait_for(1)[0].data


def test_nothing_is_left_after_an_exception() -> None:
    """Whatever happens inside, master is ended and the folder is gone."""
    with pytest.raises(ZeroDivisionError):
        with PrivatePostfix(relay_port=1) as postfix:
            pid, home = int((postfix.home / "queue/pid/master.pid").read_text()), postfix.home
            raise ZeroDivisionError
    assert not is_running(pid)
    assert not home.exists()


def test_machine_is_untouched() -> None:
    """The private Postfix reads its own main.cf and leaves the machine's alone."""
    before = _fingerprints()
    with PrivatePostfix(relay_port=1):
        pass
    assert _fingerprints() == before


def _fingerprints() -> list[tuple[str, float]]:
    files = [Path("/etc/postfix/main.cf"), Path("/etc/postfix/master.cf"), Path("/var/spool/postfix/pid/master.pid")]
    return [(str(file), os.stat(file).st_mtime) for file in files if file.exists()]


def test_no_reply_is_lost_when_milter_is_down(sink: Sink, tmp_path: Path) -> None:
    """Without the milter nothing is taken: the client hears 451 and tries again."""
    with PrivatePostfix(milters=f"unix:{tmp_path}/none", relay_port=sink.port) as postfix:
        assert postfix.send("a@wwk.de", "b@makler.example", MAIL).code == 451
        assert postfix.queue() == []


def test_openssl_is_there() -> None:
    """The other side of every S/MIME test is the openssl program."""
    assert subprocess.run(["openssl", "version"], capture_output=True).returncode == 0
