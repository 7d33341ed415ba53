"""Journal records: their fields, how addresses show, and what happens when nobody takes them."""

from __future__ import annotations

import io
import json
import os
import socket
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.adapters import journal
from smime_milter.adapters.journal import MESSAGE_IDS, VALUE_LIMIT, JsonLines, SystemdJournal, safe
from smime_milter.model.outcome import Event, JournalEntry, Priority
from smime_milter.model.settings import ShownAddresses
from tests.support.fakes import FakeJournal

ENTRY = JournalEntry(
    event=Event.DECISION, text="held: no-certificate", priority=Priority.NEEDS_A_LOOK,
    fields={"REASON": "no-certificate"}, addresses={"RECIPIENT": "Alice@Makler.example", "SENDER": ""},
)


def sent(entry: JournalEntry, show: ShownAddresses = ShownAddresses.PLAIN, key: bytes = b"k") -> dict[str, str]:
    """The record journald would get, by field."""
    payloads: list[bytes] = []
    SystemdJournal(show, key, version="0.1", config_sha256="c0ffee", send=payloads.append).record(entry)
    (payload,) = payloads
    lines = payload.decode().splitlines()
    record = dict(line.split("=", 1) for line in lines)
    assert len(record) == len(lines)
    return record


def lines(stream: io.StringIO | io.TextIOWrapper) -> JsonLines:
    return JsonLines(stream, ShownAddresses.PLAIN, hash_key=b"k", version="0.1", config_sha256="c0ffee")


def test_a_record_has_every_field_of_the_manual() -> None:
    """Message, priority, message id, event, our fields, version, configuration and who we are."""
    assert sent(ENTRY) == {
        "MESSAGE": "held: no-certificate", "PRIORITY": "4", "MESSAGE_ID": MESSAGE_IDS[Event.DECISION],
        "SMIME_EVENT": "decision", "SMIME_REASON": "no-certificate", "SMIME_RECIPIENT": "Alice@Makler.example",
        "SMIME_SENDER": "", "SMIME_VERSION": "0.1", "SMIME_CONFIG_SHA256": "c0ffee", "SYSLOG_IDENTIFIER": "smime-milter",
    }


def test_every_event_has_its_own_message_id() -> None:
    """128 bits each, none twice, none missing: `journalctl MESSAGE_ID=` finds one kind of event."""
    assert set(MESSAGE_IDS) == set(Event)
    assert len(set(MESSAGE_IDS.values())) == len(Event)
    assert all(len(bytes.fromhex(identity)) == 16 for identity in MESSAGE_IDS.values())


def test_message_ids_never_change() -> None:
    """Filters and catalogues outside hold on to them."""
    assert MESSAGE_IDS[Event.DECISION] == "3be0420586104c0c8cda35710d81ac6c"
    assert MESSAGE_IDS[Event.FAILED_CLOSED] == "33547ba13e4a4a3e95c69b431dad0cd1"


def test_a_field_of_an_entry_cannot_replace_ours() -> None:
    """The event and version of a record are those of the program."""
    entry = JournalEntry(event=Event.DECISION, text="", fields={"EVENT": "forged", "VERSION": "9"})
    assert (sent(entry)["SMIME_EVENT"], sent(entry)["SMIME_VERSION"]) == ("decision", "0.1")


@pytest.mark.parametrize("address, shown", [
    ("alice@Makler.example", "makler.example"), ("", ""), ("nobody", ""), ("a b@x.example", "x.example"),
])
def test_domain_shows_nothing_left_of_the_at_sign(address: str, shown: str) -> None:
    """logging.addresses: domain."""
    entry = JournalEntry(event=Event.DECISION, text="", addresses={"SENDER": address})
    assert sent(entry, ShownAddresses.DOMAIN)["SMIME_SENDER"] == shown


def test_hash_is_stable_keyed_and_blind_to_case() -> None:
    """logging.addresses: hash. Two spellings meet; without the key nobody can guess."""
    other = JournalEntry(event=Event.DECISION, text="", addresses={"RECIPIENT": "alice@makler.example"})
    shown = sent(ENTRY, ShownAddresses.HASH)["SMIME_RECIPIENT"]
    assert len(bytes.fromhex(shown)) == 8
    assert sent(other, ShownAddresses.HASH)["SMIME_RECIPIENT"] == shown
    assert sent(ENTRY, ShownAddresses.HASH, key=b"other")["SMIME_RECIPIENT"] != shown


def test_lower_case_names_do_not_get_lost() -> None:
    """journald drops such fields without a word."""
    entry = JournalEntry(event=Event.DECISION, text="", fields={"queue id": "3rR"})
    assert sent(entry)["SMIME_QUEUE_ID"] == "3rR"


@given(st.text(alphabet=st.characters(), max_size=600))
def test_any_text_becomes_one_short_printable_line(text: str) -> None:
    """No control character, no half character, nothing that turns the writing direction; 500 characters at most."""
    shown = safe(text)
    shown.encode()
    assert len(shown) <= VALUE_LIMIT
    assert len(shown.splitlines()) <= 1
    assert not set(shown) & set("\0\t\x1b\x7f\x85\u2028\u202e\u2066")


def test_ordinary_text_stays_as_it_is() -> None:
    """Umlauts and signs are not escaped."""
    assert safe("Grüße, 10 % €") == "Grüße, 10 % €"


def test_long_values_are_cut_visibly() -> None:
    """500 characters, the last one an ellipsis."""
    assert safe("x" * 501) == "x" * 499 + "…"
    assert safe("x" * 500) == "x" * 500


def test_without_journald_records_go_to_the_fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket, and one nobody listens on any more: the record is not lost and nothing is raised."""
    fallback = FakeJournal()
    for path in (tmp_path / "missing", stale_socket(tmp_path / "stale")):
        monkeypatch.setattr(journal, "SOCKET", str(path))
        SystemdJournal(ShownAddresses.PLAIN, b"k", version="", config_sha256="", fallback=fallback).record(ENTRY)
    assert fallback.entries == [ENTRY, ENTRY]


def stale_socket(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as gone:
        gone.bind(str(path))
    return path


def test_journald_that_hangs_costs_less_than_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket nobody reads fills up; then records go to the fallback, and come back once it is read."""
    monkeypatch.setattr(journal, "SOCKET", str(tmp_path / "socket"))
    fallback = FakeJournal()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hanging:
        hanging.bind(str(tmp_path / "socket"))
        records = SystemdJournal(ShownAddresses.PLAIN, b"k", version="", config_sha256="", fallback=fallback)
        began = time.monotonic()
        while not fallback.entries and time.monotonic() - began < 5:
            records.record(ENTRY)
        assert fallback.entries
        assert time.monotonic() - began < 1
        assert b"SMIME_EVENT=decision\n" in hanging.recv(65536)


def test_json_lines_hold_the_same_fields_and_the_time() -> None:
    """One object per line, readable by what reads `journalctl -o json`."""
    stream = io.StringIO()
    lines(stream).record(ENTRY)
    record = json.loads(stream.getvalue())
    assert record.pop("__REALTIME_TIMESTAMP").isdigit()
    assert record == sent(ENTRY)


def test_a_full_pipe_costs_less_than_a_second_and_tears_no_later_record() -> None:
    """A reader that stopped does not stop the mail; what it reads later begins on a line of its own."""
    long = JournalEntry(event=Event.DECISION, text="", fields={f"F{number}": "x" * 500 for number in range(38)})
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading, "rb", buffering=0) as reader:
        records, began = lines(stream), time.monotonic()
        while time.monotonic() - began < journal.PATIENCE:
            records.record(long)
        assert time.monotonic() - began < 1
        torn = reader.read(1 << 20)
        records.record(ENTRY)
        after = reader.read(1 << 20)
    assert torn.count(b"\n") > 2
    assert not torn.endswith(b"\n")
    assert json.loads(after)["SMIME_EVENT"] == "decision"
    assert after.startswith(b"\n")


def test_a_reader_that_is_gone_raises_nothing() -> None:
    """A closed pipe is no reason to refuse mail."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        lines(stream).record(ENTRY)
    lines(stream).record(ENTRY)
