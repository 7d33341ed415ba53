"""Persons with certificates, for all tests of the worker."""

from __future__ import annotations

import pytest

from tests.support.pki import Authority, Issued


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def alice(authority: Authority) -> Issued:
    return authority.issue("alice@makler.example")


@pytest.fixture(scope="session")
def clerk(authority: Authority) -> Issued:
    return authority.issue("erika.berger@wwk.de")
