"""One worker process for all tests of the command line that need one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from smime_milter.adapters.workers import WorkerPool
from smime_milter.config import wiring
from smime_milter.model.requests import Start
from tests.support.pki import Authority, Issued
from tests.support.places import Places
from tests.support.worker import start_with
from tests.unit.cli.calling import NOW


@pytest.fixture(scope="session")
def living() -> Authority:
    """A CA that is valid today: the command line asks no fake clock."""
    return Authority(at=NOW - timedelta(days=30))


def issue(authority: Authority, address: str) -> Issued:
    return authority.issue(address, not_before=NOW - timedelta(days=10), not_after=NOW + timedelta(days=100))


@pytest.fixture(scope="session")
def clerk(living: Authority) -> Issued:
    return issue(living, "erika.berger@wwk.de")


@pytest.fixture(scope="session")
def broker(living: Authority) -> Issued:
    return issue(living, "sabine.thaler@makler.example")


@pytest.fixture(scope="session")
def shared_pool(living: Authority) -> Iterator[WorkerPool]:
    pool = WorkerPool(start_with(living.root_der), 1, lambda why: None)
    close = pool.close
    setattr(pool, "close", lambda: None)  # each command closes what it opened
    yield pool
    close()


@pytest.fixture
def places(tmp_path: Path, living: Authority, clerk: Issued, shared_pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Everything a command needs, with the worker that is there already."""
    made = Places(tmp_path, living, {"erika.berger@wwk.de": clerk})
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))

    def pool(start: Start, size: int, lost: object) -> WorkerPool:
        assert [anchor.der for anchor in start.anchors] == [living.root_der] and size == 1
        return shared_pool
    monkeypatch.setattr(wiring, "WorkerPool", pool)
    return made
