"""The store that several gateways share: PostgreSQL through psycopg2."""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, event

from smime_milter.adapters.stores.database import PATIENCE, WRITING_UNTIL, Connection, Database
from smime_milter.model.errors import Unavailable

BACKEND = "postgresql"
_WRITERS = 0x534D494D  # the advisory lock our writers take turns on
_LIMITS = "-c lock_timeout=1800 -c statement_timeout=10000"


def open_database(url: Any) -> Database:
    """Prepare a pool for postgresql://…; nothing is connected before the first transaction."""
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg2"), pool_size=8, max_overflow=56, pool_timeout=PATIENCE,
            pool_pre_ping=True, future=True, hide_parameters=True,
            connect_args={"connect_timeout": 2, "options": _LIMITS},
        )
    except ImportError:
        raise Unavailable("store", "PostgreSQL needs the package python3-psycopg2") from None
    event.listen(engine, "begin", _begin)
    return Database(engine, identity=lambda: None)


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITING_UNTIL):
        # One writer at a time, as with SQLite: quotas and rule H8 look before they write.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
