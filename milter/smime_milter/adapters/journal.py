"""The audit trail: one record per entry, to journald or as JSON lines; addresses shown as configured.

Records go to journald's socket as datagrams of our own: its library says nothing when the socket
is missing and waits for ever when journald hangs.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import select
import socket
import sys
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic, time
from typing import IO

from smime_milter.model.address import parse_address, to_a_label
from smime_milter.model.outcome import Event, JournalEntry
from smime_milter.model.settings import ShownAddresses
from smime_milter.ports import Journal

SOCKET = "/run/systemd/journal/socket"
IDENTIFIER = "smime-milter"
PATIENCE = 0.5  # for journald, and again for standard error: a second in all
VALUE_LIMIT = 500
FIELDS_LIMIT = 64
_NAME_LIMIT = 64  # journald drops fields with longer names

# Constants: they never change and never move to another event; the manual lists them.
MESSAGE_IDS: Mapping[Event, str] = {
    Event.DECISION: "3be0420586104c0c8cda35710d81ac6c",
    Event.TLS_INBOUND: "2815fe032b3d4a7e9419d4c88f4e2b19",
    Event.CERTIFICATE_LEARNED: "0b70200a22064146a6433fbabc8c5257",
    Event.CERTIFICATE_NOT_LEARNED: "c7c6ed427b6d48bc85e570826fc6097d",
    Event.CERTIFICATE_CHANGED: "f9f1a97d055943268625c757695326f0",
    Event.HELD_SENT: "5fa986cffd374ba5ac5834e5ba31e890",
    Event.HELD_RELEASED: "49c9534bb403466291f132701f7e3050",
    Event.HELD_DISCARDED: "286e0412924942079e954e111f29ff92",
    Event.HELD_RETURNED: "86209a50bc0d44d28c3170a8944f9a21",
    Event.HELD_APPROVED: "3e52509232074d4689f722d7cfc1e2c1",
    Event.HELD_NOT_SENT: "e74cf2ca89074261aa1e36398bcff149",
    Event.ROUND_FAILED: "363023bd59c64db4a3ebb0d0cb4012a5",
    Event.NOTICE_SENT: "14ba3ab880c645349e4f0058ac5a64b6",
    Event.NOTICE_NOT_SENT: "e42e21d0f22c4fe89663addb158939e5",
    Event.FAILED_CLOSED: "33547ba13e4a4a3e95c69b431dad0cd1",
    Event.NOT_INSPECTED: "0b3f1c7f9a1d4d0f8f6a6e1e2f0f5c11",
    Event.WORKER_LOST: "5cb9cdc67d534aa6871b17aa059dce43",
    Event.STARTED: "e697640ac8034bfdb16f9aad761967ff",
    Event.STOPPED: "3b1e23cb82f34d3eaaa76a7e56ce04c9",
    Event.CONFIG_LOADED: "5ce74094fc0b45f2b171f088cf3e19fd",
    Event.CONFIG_REJECTED: "3f351b7a32b34c63b20bb0b5d18d0b5e",
    Event.ANNOUNCEMENT: "50df7f25d3ef4215ad939ffb422b6b54",
    Event.SEALED: "ab96af8b6ec84d1eb4225d43242adfa9",
    Event.COPY_REPEATED: "bfb9a41be4f64a0c80fb2b93d026ce60",
    Event.SPLIT_ROUTE: "6b18c4cc411941909c4f12d2d635970d",
    Event.STATUS_FETCHED: "45b07a9c23ec4563a6a235c7fb2a2df2",
}
# Whatever ends a line, moves a cursor, turns the writing direction, or is no character at all.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
_BAD_IN_NAME = re.compile("[^A-Z0-9_]")


class _Form:
    """An entry as a flat record of safe strings."""

    def __init__(self, show: ShownAddresses, hash_key: bytes, *, version: str, config_sha256: str) -> None:
        self._show = show
        self._hash_key = hash_key
        self._always = {
            "SMIME_VERSION": safe(version), "SMIME_CONFIG_SHA256": safe(config_sha256), "SYSLOG_IDENTIFIER": IDENTIFIER,
        }

    def fields(self, entry: JournalEntry) -> dict[str, str]:
        fields = {_field_name(name): safe(value) for name, value in list(entry.fields.items())[:FIELDS_LIMIT]}
        for name, address in list(entry.addresses.items())[:FIELDS_LIMIT]:
            fields[_field_name(name)] = safe(self._shown(address))
        return fields | self._always | {
            "MESSAGE": safe(entry.text),
            "MESSAGE_ID": MESSAGE_IDS[entry.event],
            "PRIORITY": str(entry.priority.value),
            "SMIME_EVENT": entry.event.value,
        }

    def _shown(self, address: str) -> str:
        if self._show is ShownAddresses.PLAIN:
            return address
        parsed = parse_address(address)
        if self._show is ShownAddresses.DOMAIN:
            return parsed.domain_key if parsed else to_a_label(address.rpartition("@")[2]) if "@" in address else ""
        key = parsed.key if parsed else address.lower()
        return hmac.new(self._hash_key, key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]


def safe(value: str) -> str:
    """One line of printable text, at most 500 characters; what is unsafe is shown as an escape."""
    cut = value if len(value) <= VALUE_LIMIT else value[: VALUE_LIMIT - 1] + "…"
    return _UNSAFE.sub(_escape, cut)[:VALUE_LIMIT]


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _field_name(name: str) -> str:
    # journald drops lower-case names without a word.
    return ("SMIME_" + _BAD_IN_NAME.sub("_", name.upper()))[:_NAME_LIMIT]


class JsonLines:
    """Implement `ports.Journal` on a stream: one JSON object per line, with the time in microseconds as journald names it."""

    def __init__(
        self, stream: IO[str], show: ShownAddresses, *, hash_key: bytes, version: str, config_sha256: str
    ) -> None:
        self._stream = stream
        self._form = _Form(show, hash_key, version=version, config_sha256=config_sha256)
        self._lock = Lock()
        self._is_torn = False

    def record(self, entry: JournalEntry) -> None:
        fields = {"__REALTIME_TIMESTAMP": str(int(time() * 1_000_000))} | self._form.fields(entry)
        deadline = monotonic() + PATIENCE
        if not self._lock.acquire(timeout=PATIENCE):
            return
        try:
            self._write(json.dumps(fields, ensure_ascii=False).encode() + b"\n", deadline)
        except (OSError, ValueError):  # closed, or its reader is gone: there is nowhere left to say so
            self._is_torn = True
        finally:
            self._lock.release()

    def _write(self, line: bytes, deadline: float) -> None:
        fd = _descriptor(self._stream)
        if fd is None:
            self._stream.write(line.decode())
            return
        if self._is_torn:
            line = b"\n" + line
        self._is_torn = not _write_before(fd, line, deadline)


def _descriptor(stream: IO[str]) -> int | None:
    try:
        return stream.fileno()
    except OSError:  # a stream in memory
        return None


def _write_before(fd: int, line: bytes, deadline: float) -> bool:
    """Write in pieces a pipe takes without blocking; False if its reader was too slow."""
    writable = select.poll()
    writable.register(fd, select.POLLOUT)
    while line:
        if not writable.poll(max(0.0, deadline - monotonic()) * 1000):
            return False
        line = line[os.write(fd, line[: select.PIPE_BUF]):]
    return True


class SystemdJournal:
    """Implement `ports.Journal` on journald; while it does not answer, records go to `fallback` (standard error)."""

    def __init__(
        self, show: ShownAddresses, hash_key: bytes, *, version: str, config_sha256: str,
        send: Callable[[bytes], None] | None = None, fallback: Journal | None = None,
    ) -> None:
        self._form = _Form(show, hash_key, version=version, config_sha256=config_sha256)
        self._send = send or _send_datagram
        self._fallback = fallback or JsonLines(
            sys.stderr, show, hash_key=hash_key, version=version, config_sha256=config_sha256
        )

    def record(self, entry: JournalEntry) -> None:
        # The native protocol: NAME=value lines. No value holds a line end, so no value can add a field.
        lines = (f"{name}={value}\n" for name, value in self._form.fields(entry).items())
        try:
            self._send("".join(lines).encode())
        except OSError:
            self._fallback.record(entry)


def _send_datagram(payload: bytes) -> None:
    # A socket for each record: nothing is left over when journald or our configuration starts anew.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as journald:
        journald.settimeout(PATIENCE)
        journald.sendto(payload, SOCKET)
