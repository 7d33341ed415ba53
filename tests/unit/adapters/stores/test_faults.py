"""A disk or a database that fails: `Unavailable` within two seconds, and in order again afterwards."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from smime_milter.adapters.stores import Store, database, open_store
from smime_milter.certs.reading import read
from smime_milter.model.decision import Reason
from smime_milter.model.errors import Unavailable
from smime_milter.model.outcome import HeldMail, Lesson
from smime_milter.model.spool import Spool
from tests.support.fakes import NOON
from tests.support.pki import Authority

KEY = b"k" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{path}", held_key=KEY)
    yield store
    store.close()


def mail(key: str = "key", size: int = 100) -> HeldMail:
    return HeldMail(
        key=key, sender="kunde@wwk.de", recipients=("alice@makler.example",), reason=Reason.NO_CERTIFICATE,
        raw=Spool.of(b"x" * size), message_id="<1@wwk.de>", findings="", received_at=NOON,
    )


@contextmanager
def unavailable_soon() -> Iterator[None]:
    """What the block asks is refused within two seconds, without a word of SQL or content."""
    began = time.monotonic()
    with pytest.raises(Unavailable) as raised:
        yield
    assert time.monotonic() - began < 2.1
    text = str(raised.value)
    assert text.startswith("store unavailable: ")
    assert len(text) < 80 and not any(word in text for word in ("INSERT", "SELECT", "wwk", "makler"))
    assert raised.value.__context__ is None or raised.value.__suppress_context__


def works(store: Store) -> None:
    reference = store.held.keep(mail())
    assert store.held.load(reference)
    assert store.certificates.certificates_for("alice@makler.example", "makler.example") == ()


def test_a_locked_database(store: Store, path: Path) -> None:
    """Somebody else writes for ever: writers give up, readers do not even notice."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE").close()
        with unavailable_soon():
            store.held.keep(mail())
        assert store.certificates.certificates_for("alice@makler.example", "makler.example") == ()
        other.execute("ROLLBACK").close()
    works(store)


def test_a_writer_in_this_process_that_does_not_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that hangs while it writes holds up the others for their patience, not for ever."""
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    with store.database.writing():
        with unavailable_soon():
            store.held.keep(mail())
    works(store)


def test_a_database_locked_while_it_is_opened(store: Store, path: Path) -> None:
    """The command line beside a daemon that writes: opening needs no lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE").close()
        open_store(f"sqlite:///{path}", held_key=KEY).close()
    works(store)


def test_a_full_disk(store: Store) -> None:
    """SQLITE_FULL in the middle of a held mail leaves nothing of it behind."""
    pages = limit_pages(store, 40)
    with unavailable_soon():
        store.held.keep(mail(size=3_000_000))
    pages.clear()
    assert store.held.list() == ()
    works(store)


def limit_pages(store: Store, pages: int) -> list[int]:
    limits = [pages]

    def apply(connection: sqlite3.Connection, record: object, proxy: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limits[0] if limits else 1_000_000}").close()

    event.listen(store.database.engine, "checkout", apply)
    return limits


def test_a_database_that_may_not_be_written(store: Store) -> None:
    """A file system remounted read-only: nothing is kept, lookups go on."""
    is_read_only = [True]

    def apply(connection: sqlite3.Connection, record: object, proxy: object) -> None:
        connection.execute(f"PRAGMA query_only={int(is_read_only[0])}").close()

    event.listen(store.database.engine, "checkout", apply)
    with unavailable_soon():
        store.held.keep(mail())
    assert store.certificates.certificates_for("alice@makler.example", "makler.example") == ()
    is_read_only[0] = False
    works(store)


def test_a_deleted_file(store: Store, path: Path) -> None:
    """SQLite would write on into it: the mail would be gone with the process. It is refused, and no empty store is made."""
    works(store)
    moved = path.with_name("moved.db")
    path.rename(moved)
    with unavailable_soon():
        store.held.keep(mail("second"))
    with unavailable_soon():
        store.certificates.certificates_for("alice@makler.example", "makler.example")
    assert not path.exists()
    moved.rename(path)
    works(store)


def test_a_file_deleted_between_writing_and_answering(store: Store, path: Path) -> None:
    """The commit succeeded, the file is not there any more: that is no 250."""
    event.listen(store.database.engine, "commit", lambda connection: path.unlink())
    with unavailable_soon():
        store.held.keep(mail())


@pytest.mark.parametrize(
    "damage", [b"no database at all" * 300, b"SQLite format 3\0" + b"\xff" * 5000], ids=["rubbish", "begins-well"]
)
def test_a_damaged_file(store: Store, path: Path, damage: bytes, tmp_path: Path) -> None:
    """Rubbish in place of the database refuses every question and the start; a restored file works."""
    works(store)
    store.close()
    good = shutil.copy(path, tmp_path / "good.db")
    path.write_bytes(damage)
    with unavailable_soon():
        store.held.keep(mail())
    with unavailable_soon():
        open_store(f"sqlite:///{path}", held_key=KEY)
    shutil.copy(good, path)
    works(store)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The administrator is told which folder to make; nothing is made in its place."""
    with pytest.raises(Unavailable, match=f"the folder {tmp_path}/no does not exist"):
        open_store(f"sqlite:///{tmp_path}/no/store.db", held_key=KEY)


@pytest.mark.parametrize("url, text", [
    ("postgresql://user:geheim@host/db", "python3-psycopg2"),
    ("mysql://user:geheim@host/db", "mysql is none of sqlite, postgresql"),
    ("geheim", "no database URL"),
    ("sqlite://", "sqlite needs a path"),
])
def test_a_url_that_cannot_be_used(url: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says what to do, without the password."""
    monkeypatch.setitem(__import__("sys").modules, "psycopg2", None)
    with pytest.raises(Unavailable, match=text) as raised:
        open_store(url, held_key=KEY)
    assert "geheim" not in str(raised.value)


def test_only_we_can_read_the_file(store: Store, path: Path) -> None:
    """Mode 0600 for the database and what SQLite puts beside it, whatever the umask."""
    works(store)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3


def test_a_commit_is_on_disk(store: Store) -> None:
    """Write-ahead log, synced at each commit: a power cut after our 250 loses nothing."""
    names = ("journal_mode", "synchronous", "foreign_keys")
    with store.database.reading() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    assert settings == ["wal", 2, 1]


def test_opening_twice_changes_nothing(store: Store, path: Path) -> None:
    """A second process, and the daemon's next start, find what is there."""
    reference = store.held.keep(mail())
    with closing_store(path) as second:
        assert second.held.keep(mail()) == reference
        assert [entry.reference for entry in second.held.list()] == [reference]


@contextmanager
def closing_store(path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{path}", held_key=KEY)
    yield store
    store.close()


def test_eight_threads_at_once(store: Store) -> None:
    """Sessions wander between threads: nobody is refused, every mail is kept once, each claim has one winner."""
    answers: list[str] = []
    claims: list[bool] = []
    shared = store.held.keep(mail("shared"))
    failures: list[Exception] = []
    issued = Authority().issue("alice@makler.example")

    def work(number: int) -> None:
        certificate = read(issued.der)
        assert certificate
        for turn in range(10):
            own = f"person{number}-{turn}@makler.example"
            lesson = Lesson(certificate=certificate, address="alice@makler.example", message_id="")
            answers.append(store.certificates.learn(lesson, usable_from=NOON, at=NOON))
            lesson = Lesson(certificate=certificate, address=own, message_id="")
            answers.append(store.certificates.learn(lesson, usable_from=NOON, at=NOON))
            assert store.certificates.certificates_for(own, "makler.example")
            assert store.held.keep(mail("shared")) == shared
            store.held.keep(mail(f"{number}-{turn}"))
        claims.append(store.held.claim(shared, 0))

    def guarded(number: int) -> None:
        try:
            work(number)
        except (Unavailable, AssertionError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert answers.count("learned") == 81 and answers.count("known") == 79
    assert sorted(claims) == [False] * 7 + [True]
    assert len(store.held.list()) == 81


def test_a_file_made_by_root_belongs_to_the_folder_s_owner(tmp_path: Path) -> None:
    """`sudo smime-milter certs import` before the first start does not lock the daemon out."""
    if os.geteuid() == 0:
        os.chown(tmp_path, 65534, 65534)
    open_store(f"sqlite:///{tmp_path}/store.db", held_key=KEY).close()
    made, folder = (tmp_path / "store.db").stat(), tmp_path.stat()
    assert (made.st_uid, made.st_gid) == (folder.st_uid, folder.st_gid)
