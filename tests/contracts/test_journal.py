"""The port Journal: one entry is one record, whatever is in it and whatever becomes of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from smime_milter.adapters.journal import JsonLines, SystemdJournal
from smime_milter.model.outcome import Event, JournalEntry, Priority
from smime_milter.model.settings import ShownAddresses
from smime_milter.ports import Journal
from tests.support.fakes import FakeJournal

HOSTILE = "a\nSMIME_EVENT=forged\r\n\x1b[2J\0\u202e\ud800" + "x" * 5000
ENTRY = JournalEntry(
    event=Event.DECISION, text=HOSTILE, priority=Priority.NEEDS_A_LOOK,
    fields={"REASON": HOSTILE, "lower case": HOSTILE}, addresses={"RECIPIENT": HOSTILE, "SENDER": ""},
)
Made = tuple[Journal, Callable[[], int]]


def _fake() -> Made:
    journal = FakeJournal()
    return journal, lambda: len(journal.entries)


def _lines() -> Made:
    stream = io.StringIO()
    journal = JsonLines(stream, ShownAddresses.PLAIN, hash_key=b"k", version="1", config_sha256="ab")
    return journal, lambda: sum(1 for line in stream.getvalue().splitlines() if json.loads(line))


def _systemd() -> Made:
    sent: list[bytes] = []
    journal = SystemdJournal(ShownAddresses.PLAIN, b"k", version="1", config_sha256="ab", send=sent.append)
    return journal, lambda: len(sent)


@pytest.mark.parametrize("make", [_fake, _lines, _systemd])
def test_one_entry_is_one_record(make: Callable[[], Made]) -> None:
    """Line ends, escape sequences and half characters in a value neither add a record nor raise."""
    journal, count = make()
    journal.record(ENTRY)
    journal.record(ENTRY)
    assert count() == 2
