"""What `./demo` does: send every sample, look at what left, print the table; keep everything running if asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.samples.catalogue import SAMPLES
from tests.support.judging import faults, faults_of_retried
from tests.support.people import ERIKA, GUTACHTER, MAKLERIN
from tests.support.table import html_page, text_table
from tests.support.telling import Row, row, tls_lines
from tests.support.trial import Trial, message_id

STATE = Path("/run/smime-milter-demo.json")   # only root writes there
_TITLE = "smime-milter: what went in, what left, why"
_APPLICATION = "r4-antrag-ausgefuellt"


def show(kept: Path | None) -> int:
    """Run the whole demonstration; with `kept`, write there how to reach it and wait for SIGTERM."""
    signal.signal(signal.SIGTERM, lambda received, frame: sys.exit(0))
    start = time.monotonic()
    print("Starting a private Postfix, the milter and a sink on loopback, with a throw-away CA ...", flush=True)
    with Trial() as trial:
        print("Certificates are used at once here (activation: immediately); the default is the next working day.")
        print(f"Sending {len(SAMPLES)} sample mails of tests/samples ...\n", flush=True)
        rows = _rows(trial)
        _print(trial, rows, seconds=time.monotonic() - start)
        wrong = sum(bool(r.faults) for r in rows)
        if kept is not None:
            _keep_running(trial, kept, status=int(wrong > 0))
    return int(wrong > 0)


def _rows(trial: Trial) -> list[Row]:
    observations = [trial.run(sample) for sample in SAMPLES]
    rows = [row(seen, faults(seen, trial.people)) for seen in observations]
    return [*rows, _retried(trial), _nothing_printed(trial)]


def _retried(trial: Trial) -> Row:
    """The application that was held for want of a certificate: the broker's signed mail let it out."""
    sample = next(s for s in SAMPLES if s.name == _APPLICATION)
    trial.gateway.wait_for("held.sent")
    trial.postfix.wait_until_empty()
    left = [m for m in trial.sink.delivered if message_id(m.data) == message_id(sample.octets)]
    wrong = faults_of_retried(left, sample, trial.people)
    waiting = len(trial.waiting())
    return Row(
        "R4", "the held application, sent by itself when the broker's signed mail came",
        "S/MIME: key of the broker opens it, our signature verifies, content as written" if not wrong else "see below",
        f"what has no certificate yet goes on waiting ({waiting})", tuple(wrong))


def _nothing_printed(trial: Trial) -> Row:
    """R14: nothing of all these mails' content may stand in the journal."""
    journal = json.dumps(trial.gateway.records(), ensure_ascii=False) + trial.gateway.noise
    words = ("Oberhauser", "Kirchga", "Achatz", "0000 2020 51", "00000020205", "86 095 742 719", "Provision")
    wrong = [f"the journal shows personal data of sample mail number {n}" for n, word in enumerate(words) if word in journal]
    return Row("R14", f"names and numbers of the samples, looked for in {len(trial.gateway.records())} journal records",
               "none found" if not wrong else "found", "no personal data in logs", tuple(wrong))


def _print(trial: Trial, rows: list[Row], *, seconds: float) -> None:
    tls = tls_lines(trial.gateway.records("tls.inbound"))
    page = Path(tempfile.mkdtemp(prefix="smime-milter-demo-")) / "report.html"
    page.write_text(html_page(rows, tls, title=_TITLE), encoding="utf-8")
    print(text_table(rows))
    print("\nTLS in the journal:", *tls, sep="\n  ")
    wrong = sum(bool(r.faults) for r in rows)
    print(f"\n{len(rows) - wrong} of {len(rows)} rows as expected, {seconds:.0f} s.")
    print(f"Report page: {page}", flush=True)


def _keep_running(trial: Trial, kept: Path, *, status: int) -> None:
    """Write how to reach everything, let go of the terminal, and wait."""
    mailbox = _open_mailbox(trial)
    how = {"pid": os.getpid(), "status": status, "port": trial.postfix.port, "config": str(trial.gateway.config),
           "log": str(trial.postfix.home / "log/mail.log"), "sink": str(mailbox)}
    fresh = kept.with_suffix(".new")
    fresh.write_text(json.dumps(how))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    fresh.rename(kept)
    try:
        _write_deliveries(trial, mailbox)
    finally:
        kept.unlink(missing_ok=True)


def _open_mailbox(trial: Trial) -> Path:
    folder = trial.gateway.home / "delivered"
    folder.mkdir()
    return folder


def _write_deliveries(trial: Trial, folder: Path) -> None:
    """Put every message the sink gets into a file, until SIGTERM ends the process."""
    done = 0
    while True:
        for message in trial.sink.delivered[done:]:
            done += 1
            (folder / f"{done:04}.eml").write_bytes(message.data)
        time.sleep(0.2)


def keep(command: list[str]) -> int:
    """Start the demonstration detached and return once it is all there; its exit status."""
    if is_kept():
        print(f"demo: already running, {STATE} says where; ./demo --stop ends it", file=sys.stderr)
        return 2
    child = subprocess.Popen(command, start_new_session=True)
    try:
        while not is_kept() and child.poll() is None:
            time.sleep(0.1)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise
    if child.returncode is not None:
        return child.returncode or 1
    _tell_how(json.loads(STATE.read_text()))
    return int(json.loads(STATE.read_text())["status"])


def _tell_how(how: dict[str, Any]) -> None:
    base = f"swaks --server 127.0.0.1:{how['port']} --from {ERIKA} --h-From {ERIKA}"
    print(f"""
Everything is still running. Send to it, as a clerk:
  {base} --to {MAKLERIN} --header 'Subject: Test' --body 'IBAN DE02 1203 0000 0000 2020 51'
  {base} --to {GUTACHTER} --header 'Subject: Test' --body 'Guten Tag'
What was delivered:  {how['sink']}/
Postfix's log:       {how['log']}
Held mail:           PYTHONPATH=milter /usr/bin/python3 -m smime_milter --config {how['config']} held list
Stop everything:     ./demo --stop""")


def is_kept() -> bool:
    return _kept_pid() != 0


def _kept_pid() -> int:
    """The process a former `--keep` left, if it still runs."""
    try:
        pid = int(json.loads(STATE.read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return 0
    return pid if _is_demonstration(pid) else 0


def _is_demonstration(pid: int) -> bool:
    try:
        return b"--kept" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def stop() -> int:
    """End what `--keep` left running; exit status 1 if there is nothing."""
    pid = _kept_pid()
    if not pid:
        print("demo: nothing is running")
        return 1
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 60
    while _is_demonstration(pid) and time.monotonic() < until:
        time.sleep(0.1)
    has_ended = not _is_demonstration(pid)
    print("demo: stopped" if has_ended else f"demo: process {pid} does not end")
    return int(not has_ended)
