"""The tables that the versions make are those the queries use."""

from __future__ import annotations

from pathlib import Path

import alembic.command
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from smime_milter.adapters.stores import migrations, open_database, open_store
from smime_milter.adapters.stores.tables import metadata


def test_versions_and_tables_agree(tmp_path: Path) -> None:
    """A column that was added in one place only fails here, not in production."""
    store = open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"k" * 32)
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
        assert set(inspect(connection).get_table_names()) == set(metadata.tables) | {"alembic_version"}
    store.close()
    assert differences == []


def test_head_is_the_last_version() -> None:
    """HEAD spares every start the import of Alembic; it must not lag behind."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def test_a_failed_upgrade_leaves_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All versions are applied in one transaction: the next start begins where this one began."""
    import alembic.command

    upgrade = alembic.command.upgrade

    def interrupted(config: Config, revision: str) -> None:
        upgrade(config, revision)
        raise OSError

    monkeypatch.setattr(alembic.command, "upgrade", interrupted)
    with pytest.raises(Exception, match="OSError"):
        open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"k" * 32)
    monkeypatch.undo()
    open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"k" * 32).close()


def test_held_mail_of_the_first_version_is_still_held(tmp_path: Path) -> None:
    """`waiting` becomes what is waited for, `sending` a claim that goes stale; final states stay."""
    database = open_database(f"sqlite:///{tmp_path}/store.db")
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "0001")
        for number, (reference, reason) in enumerate((("AAAAAAAA", "no-certificate"), ("BBBBBBBB", "hidden-recipient"))):
            connection.exec_driver_sql(
                "INSERT INTO held (reference, reason, received_at, kept_at, size, details) VALUES"
                f" ('{reference}', '{reason}', '2026-06-03 12:00:00', '2026-06-03 12:00:0{number}', 0, x'00')")
            for state in ("waiting", "sending", "sent"):
                connection.exec_driver_sql(
                    "INSERT INTO held_recipients SELECT 'REF', count(*), 'STATE', '2026-06-03 12:00:00' FROM held_recipients"
                    " WHERE reference = 'REF'".replace("REF", reference).replace("STATE", state))
    database.close()
    store = open_store(f"sqlite:///{tmp_path}/store.db", held_key=b"k" * 32)
    first, second = store.held.list()
    with store.database.reading() as connection:
        claims = connection.exec_driver_sql("SELECT claimed_at IS NULL FROM held_recipients ORDER BY reference, number").all()
        keys = connection.exec_driver_sql("PRAGMA foreign_key_list(held_recipients)").all()
    store.close()
    assert [state.value for state in first.states] == ["waiting-for-key", "waiting-for-key", "sent"]
    assert [state.value for state in second.states] == ["waiting-for-person", "waiting-for-person", "sent"]
    assert {reason.value for reason in first.reasons + second.reasons} == {"no-certificate", "hidden-recipient"}
    assert [row[0] for row in claims] == [1, 0, 0] * 2
    assert [row[2] for row in keys] == ["held"]
