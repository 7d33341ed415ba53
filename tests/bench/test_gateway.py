"""Figures of the gateway behind a real Postfix; printed, never judged by time."""

from __future__ import annotations

import statistics
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.load import children, proportional_set_size, push, smtp_sink
from tests.support import accept_all
from tests.support.daemon import Gateway
from tests.support.people import ERIKA, MAKLERIN, People
from tests.support.postfix import PrivatePostfix
from tests.support.sink import Sink

pytestmark = [pytest.mark.server, pytest.mark.bench]

_MESSAGES, _SESSIONS, _ROUNDS = 600, 10, 3
_BIG = 25 * 1024 * 1024


def letter(size: int) -> bytes:
    """An ordinary letter of about this size with one IBAN in it."""
    line = "vielen Dank für Ihre Nachricht zum Vertrag; wir haben die Unterlagen erhalten und melden uns bald.\r\n"
    head = (f"From: Erika Berger <{ERIKA}>\r\nTo: Sabine Thaler <{MAKLERIN}>\r\nSubject: Ihr Vertrag\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            "Sehr geehrte Frau Thaler,\r\n\r\ndie IBAN lautet DE02 1203 0000 0000 2020 51.\r\n")
    return (head + line * ((size - len(head)) // len(line))).encode()


def big_letter(size: int) -> bytes:
    """A letter with one base64 attachment, `size` bytes in all."""
    row = b"JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0ZpbHRlci9GbGF0ZURl\r\n"
    head = (f"From: Erika Berger <{ERIKA}>\r\nTo: Sabine Thaler <{MAKLERIN}>\r\nSubject: Gutachten\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: text/plain\r\n\r\nanbei\r\n--=_b\r\n"
            "Content-Type: application/pdf; name=\"g.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n").encode()
    return head + row * ((size - len(head)) // len(row)) + b"--=_b--\r\n"


def test_rate_against_a_milter_that_accepts_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """4 kB mail, 10 connections: messages per second of this milter, signing and encrypting, beside one that does nothing."""
    people, message = People(), tmp_path / "letter"
    tmp_path.chmod(0o755)
    message.write_bytes(letter(4096).replace(b"\r\n", b"\n"))
    rates: dict[str, list[float]] = {"accepts everything": [], "smime-milter": []}
    with smtp_sink() as port, Gateway(people.authority, own=people.own) as gateway, accept_all.running() as other:
        _know(gateway, people, tmp_path)
        for _ in range(_ROUNDS):
            for name, socket in (("accepts everything", other), ("smime-milter", gateway.socket)):
                with PrivatePostfix(milters=socket, relay_port=port) as postfix:
                    run: Callable[[int], float] = lambda n: push(  # noqa: E731
                        postfix, message, sender=ERIKA, recipient=MAKLERIN, count=n, sessions=_SESSIONS)
                    run(50)
                    rates[name].append(run(_MESSAGES))
        encrypted = [r for r in gateway.records("decision") if r["SMIME_DECISION"] == "encrypted"]
    medians = {name: statistics.median(found) for name, found in rates.items()}
    ratio = statistics.median(ours / theirs for ours, theirs in zip(rates["smime-milter"], rates["accepts everything"]))
    with capsys.disabled():
        print("".join(f"\n{name:20} {medians[name]:6.0f} messages/s  {[round(r) for r in rates[name]]}" for name in rates))
        print(f"ratio                {ratio:6.2f} (target 0.50)")
    assert len(encrypted) == _ROUNDS * (_MESSAGES + 50)


def test_big_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """25 MB: memory of daemon and workers at their peak, and time beside `openssl cms -encrypt`."""
    people = People()
    message = big_letter(_BIG)
    (tmp_path / "big").write_bytes(message)
    (tmp_path / "partner.pem").write_bytes(people.of(MAKLERIN).pem)
    with Sink() as sink, Gateway(people.authority, own=people.own, workers=1) as gateway, PrivatePostfix(
            milters=gateway.socket, relay_port=sink.port) as postfix:
        _know(gateway, people, tmp_path)
        gateway.stop()   # the first start makes the tables, and Alembic stays in memory
        gateway.start()
        postfix.send(ERIKA, MAKLERIN, letter(4096))
        sink.wait_for(1)
        before, peak, took = _watched(gateway, lambda: postfix.send(ERIKA, MAKLERIN, message))
        delivered = sink.wait_for(2, timeout=60)[-1]
    start = time.monotonic()
    subprocess.run(["/usr/bin/openssl", "cms", "-encrypt", "-aes-256-cbc", "-in", str(tmp_path / "big"), "-out",
                    str(tmp_path / "out"), str(tmp_path / "partner.pem")], check=True)
    openssl = time.monotonic() - start
    size = len(message)
    with capsys.disabled():
        print(f"\n25 MB: peak {peak / size:.1f} times its size (at rest {before / size:.1f}; target 6), "
              f"sent in {took:.2f} s, {took / openssl:.1f} times `openssl cms -encrypt` ({openssl:.2f} s; target 10)")
    assert b"smime-type=enveloped-data" in bytes(delivered.data)[:4000]


def _know(gateway: Gateway, people: People, folder: Path) -> None:
    """The partner's certificate, as an administrator would import it."""
    (folder / "partner.crt").write_bytes(people.of(MAKLERIN).pem)
    subprocess.run(["/usr/bin/python3", "-P", "-m", "smime_milter", "--config", str(gateway.config), "certs", "import",
                    str(folder / "partner.crt")], check=True, env=gateway.environment, capture_output=True)


def _watched(gateway: Gateway, work: Callable[[], object]) -> tuple[int, int, float]:
    """Memory at rest and at its peak, and how long the work took."""
    pids = [gateway.pid, *children(gateway.pid)]
    before = peak = proportional_set_size(pids)
    start = time.monotonic()
    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        peak = max(peak, proportional_set_size(pids))
        time.sleep(0.005)
    return before, peak, time.monotonic() - start
