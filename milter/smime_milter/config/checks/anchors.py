"""Whether the trust anchors can be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smime_milter.adapters import anchors
from smime_milter.config.checks.result import Result, fault, ok
from smime_milter.model.errors import Unavailable
from smime_milter.model.settings import Settings


def check(settings: Settings) -> Iterator[Result]:
    """Load Mozilla's list and every PEM file."""
    for index, name in enumerate(settings.certificates.anchors):
        path = f"certificates.anchors[{index}]" if len(settings.certificates.anchors) > 1 else "certificates.anchors"
        try:
            found = anchors.mozilla_email() if name == "mozilla-email" else anchors.pem_file(Path(name))
        except Unavailable as failure:
            yield fault(path, str(failure))
        else:
            yield ok(path, f"{name} holds {len(found)} trust anchors")
