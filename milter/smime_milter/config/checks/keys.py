"""Whether our own keys load, and for whom there are some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smime_milter.adapters.keys import files, reading
from smime_milter.config.checks.result import Result, fault, note, ok, warning
from smime_milter.config.credentials import credential
from smime_milter.model.settings import Settings

KEY = "keys.directory"


def check(settings: Settings) -> Iterator[Result]:
    """Load the directory as the daemon does."""
    passphrase = credential(settings.keys.passphrase_credential)
    found, problems = files.load(settings.keys.directory, passphrase)
    names = found.names()
    for problem in problems:
        owner = reading.owner_of(Path(problem.partition(":")[0]))
        yield (warning if owner in names else fault)(KEY, problem)
    if names:
        yield ok(KEY, f"{settings.keys.directory} holds keys for {len(names)} addresses and domains")
    elif not problems:
        yield warning(KEY, f"{settings.keys.directory} holds no key: nothing can be signed or decrypted;"
                           " smime-milter keys import adds one")
    yield from _without(settings, names)
    if problems and passphrase is None:
        yield note("keys.passphrase_credential", f"no credential {settings.keys.passphrase_credential} was found:"
                                                 " files with a passphrase cannot be opened without it")


def _without(settings: Settings, names: tuple[str, ...]) -> Iterator[Result]:
    for domain in settings.organisation.domains if names else ():
        bare = domain.lstrip(".")
        if not any(name.rpartition("@")[2] == bare for name in names):
            yield note(KEY, f"no key for {bare}: its mail is not signed")
