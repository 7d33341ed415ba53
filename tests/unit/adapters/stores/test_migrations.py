"""The tables that the versions make are those the queries use."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from smime_milter.adapters.stores import migrations, open_store
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
