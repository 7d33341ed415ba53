"""Test vectors that tests/install fetched from PyPI: files out of the wheel, read as they lie in it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_PKITS = "cryptography_vectors/x509/PKITS_data/"


def pkits(path: str) -> bytes:
    """One file of NIST's PKITS, such as certs/TrustAnchorRootCertificate.crt."""
    return _wheel().read(_PKITS + path)


def pkits_mails() -> Iterator[tuple[str, bytes]]:
    """Every signed mail of PKITS with the name of its test, as "ValidSignaturesTest1"."""
    folder = _PKITS + "smime/Signed"
    for name in sorted(_wheel().namelist()):
        if name.startswith(folder):
            yield name.removeprefix(folder).removesuffix(".eml"), _wheel().read(name)


def vector_files(folder: str) -> Iterator[tuple[str, str]]:
    """Every text file of a folder of the package with its name, such as asymmetric/RSA/oaep-custom."""
    start = f"cryptography_vectors/{folder}"
    for name in sorted(_wheel().namelist()):
        if name.startswith(start) and name.endswith(".txt"):
            yield name.rpartition("/")[2], _wheel().read(name).decode("ascii")


def cache_folder() -> Path:
    """Where tests/install puts them."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smime-milter-tests"


@lru_cache(maxsize=1)
def _wheel() -> zipfile.ZipFile:
    wheels = sorted(cache_folder().glob("cryptography_vectors-*.whl"))
    if len(wheels) != 1:
        raise FileNotFoundError("the vectors of tests/vectors.txt are missing: run `tests/install test`")
    return zipfile.ZipFile(wheels[0])
