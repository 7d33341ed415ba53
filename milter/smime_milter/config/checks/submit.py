"""Whether the SMTP service for copies, notices and released mail answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from smime_milter.config.checks.result import Result, ok, warning
from smime_milter.model.settings import Settings

WAIT = 3.0  # seconds


def check(settings: Settings) -> Iterator[Result]:
    """Connect and read the greeting; a service that is down now may be up when it is needed."""
    address = settings.milter.submit.partition(":")[2]
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=WAIT) as connection:
            greeting = connection.recv(512)
    except OSError as error:
        yield warning("milter.submit", f"{address} does not answer ({error.strerror or 'timed out'}): released mail has to wait;"
                                       " smime-milter mta postfix prints the service for master.cf")
        return
    if greeting.startswith(b"220"):
        yield ok("milter.submit", f"{address} greets as an SMTP service")
    else:
        yield warning("milter.submit", f"{address} answers, but not as an SMTP service")
