"""Whether the store can be opened; it is neither made nor changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from smime_milter.adapters import stores
from smime_milter.config.checks.result import Result, fault, ok
from smime_milter.model.errors import Unavailable
from smime_milter.model.settings import Settings

KEY = "certificates.store"
SQLITE = "sqlite:///"
# https://www.sqlite.org/fileformat2.html §1.3; a file that was only just made is empty.
_MAGIC = (b"SQLite format 3\0", b"")


def check(settings: Settings) -> Iterator[Result]:
    """Connect to the database, or look at the folder where an embedded one will be made."""
    url = settings.certificates.store
    yield (_embedded(Path(url.removeprefix(SQLITE)), url) if url.startswith(SQLITE) else _connected(url))


def _embedded(path: Path, url: str) -> Result:
    try:
        with path.open("rb") as file:
            begin = file.read(16)
    except FileNotFoundError:
        return _future(path)
    except OSError as error:
        return fault(KEY, f"{path} cannot be read: {error.strerror}")
    return _connected(url) if begin in _MAGIC else fault(KEY, f"{path} is no SQLite database: name another file, or move it away")


def _future(path: Path) -> Result:
    if not path.parent.is_dir():
        return fault(KEY, f"the folder {path.parent} does not exist: make it, writable for the milter's user only")
    if not os.access(path.parent, os.W_OK):
        return fault(KEY, f"the folder {path.parent} is not writable for this user")
    return ok(KEY, f"{path} does not exist yet: it is made when the milter starts")


def _connected(url: str) -> Result:
    try:
        with closing(stores.open_database(url)) as database, database.reading():
            return ok(KEY, "the database answers")
    except Unavailable as failure:
        return fault(KEY, str(failure))
