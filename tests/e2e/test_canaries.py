"""Canaries in every field of a mail: none of them may sing in anything that can be printed or read on disk."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mails import attachment, clear_signed, encrypted, mail, multipart, plain, text_entity
from tests.support.people import ERIKA, GUTACHTER, MAKLERIN
from tests.support.trial import Trial

pytestmark = pytest.mark.server

_COUNT = iter(range(10_000))


def canary() -> str:
    """A word that stands nowhere else."""
    return f"Kanari{next(_COUNT):04d}vogel"


@pytest.fixture(scope="module")
def hashing() -> Iterator[Trial]:
    """A gateway whose journal hides addresses."""
    with Trial() as trial:
        text = trial.gateway.config.read_text().replace("  journal: false\n", "  journal: false\n  addresses: hash\n")
        trial.gateway.config.write_text(text)
        trial.gateway.reload()
        yield trial


def full_of_canaries(sender: str, recipient: str, secret: str) -> bytes:
    """A mail in which every place a client can write to holds a canary of its own."""
    html = (f"<p title='{canary()}'>{secret}<!-- {canary()} --><a href='https://x.example/{canary()}'>{canary()}</a></p>")
    entity = multipart(
        "mixed", multipart("alternative", plain(f"{canary()}\n{secret}\n"), text_entity("html", html), boundary=f"b{canary()}"),
        attachment(f"{canary()}.pdf", canary().encode(), "application/pdf"),
        attachment(f"{canary()}.txt", canary().encode(), "text/plain"),
        boundary=f"a{canary()}")
    fields = [f"{name}: {canary()}".encode() for name in (
        "Received", "X-Kunde", "Thread-Topic", "Comments", "Keywords", "References", "In-Reply-To", "List-Id", "Reply-To",
        "Disposition-Notification-To", "Authentication-Results", "X-SMIME-Milter-Result", "DKIM-Signature", "Organization")]
    return mail(f'"{canary()}" <{sender}>', f"{canary()} <{recipient}>", entity, subject=f"{canary()} {secret}", fields=fields,
                message_id=f"{canary()}@post.example")


def test_no_canary_sings(hashing: Trial) -> None:
    """Sent, held, refused, deferred, verified and opened mail: journal, replies, names of files and processes stay silent."""
    trial, secret = hashing, f"IBAN DE02 1203 0000 0000 2020 51 {canary()}"
    key = trial.people.of(ERIKA)
    signer = trial.people.of(MAKLERIN)
    heard = []
    with trial.postfix.client() as client:
        client.command("helo", f"EHLO {canary()}.example")
        for sender, recipient, octets in (
                (ERIKA, GUTACHTER, full_of_canaries(ERIKA, GUTACHTER, secret)),
                (ERIKA, GUTACHTER, full_of_canaries(ERIKA, GUTACHTER, "")),
                (f"{canary()}@fremd.example", GUTACHTER, full_of_canaries(ERIKA, GUTACHTER, "")),
                (ERIKA, f"{canary()}@makler.example", full_of_canaries(ERIKA, GUTACHTER, secret))):
            heard.append(client.send(sender, [recipient], octets).text)
    for octets in (full_of_canaries(MAKLERIN, ERIKA, secret), clear_signed(full_of_canaries(MAKLERIN, ERIKA, secret), signer),
                   encrypted(full_of_canaries(MAKLERIN, ERIKA, secret), key),
                   encrypted(clear_signed(full_of_canaries(MAKLERIN, ERIKA, secret), signer), key)):
        heard.append(trial.postfix.send(MAKLERIN, ERIKA, octets, client="outside").text)
    trial.postfix.wait_until_empty()
    assert len(trial.gateway.records("decision")) >= 8
    sung = everything_readable(trial) + "".join(heard)
    assert "anari" not in sung
    assert "2020 51" not in sung and "202051" not in sung


def everything_readable(trial: Trial) -> str:
    """Journal, other output, process titles and environments, names and bytes of all files the gateway keeps."""
    pids = [trial.gateway.pid, *map(int, subprocess.run(
        ["/usr/bin/pgrep", "-P", str(trial.gateway.pid)], capture_output=True, text=True).stdout.split())]
    processes = "".join(Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace")
                        for pid in pids for name in ("cmdline", "environ", "comm"))
    kept = [path for path in (trial.gateway.home / "state").rglob("*") if path.is_file()]
    files = "".join(f"{path}{path.read_bytes().decode('latin-1')}" for path in kept)
    return f"{trial.gateway.records()}{trial.gateway.noise}{processes}{files}"
