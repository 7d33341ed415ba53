"""Whether the store can be opened; it is neither made nor changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from smime_milter.adapters import stores
from smime_milter.config.checks.result import Result, fault, ok
from smime_milter.model.errors import Unavailable
from smime_milter.model.settings import Settings

KEY = "certificates.store"
SQLITE = "sqlite:///"


def check(settings: Settings) -> Iterator[Result]:
    """Connect to the database, or look at the folder where an embedded one will be made."""
    url = settings.certificates.store
    path = Path(url.removeprefix(SQLITE))
    if url.startswith(SQLITE) and not path.exists():
        yield _future(path)
    else:
        yield _present(url)


def _future(path: Path) -> Result:
    if not path.parent.is_dir():
        return fault(KEY, f"the folder {path.parent} does not exist: make it, writable for the milter's user only")
    if not os.access(path.parent, os.W_OK):
        return fault(KEY, f"the folder {path.parent} is not writable for this user")
    return ok(KEY, f"{path} does not exist yet: it is made when the milter starts")


def _present(url: str) -> Result:
    try:
        database = stores._open_database(url)
        with database.reading():
            pass
        database.close()
    except Unavailable as failure:
        return fault(KEY, str(failure))
    return ok(KEY, "the database answers")
