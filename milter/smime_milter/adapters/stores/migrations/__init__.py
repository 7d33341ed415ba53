"""The versions of the database, applied in order; no ini file, no command line."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from smime_milter.adapters.stores.database import Connection, Database

HEAD = "0005"


def upgrade(database: Database) -> None:
    """Bring the tables to the version of this program, in one transaction."""
    with database.reading() as connection:
        if _version(connection) == HEAD:
            return
    # Alembic takes as long to import as all the rest: only where there is something to do.
    from alembic.command import upgrade as alembic_upgrade
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        alembic_upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version
