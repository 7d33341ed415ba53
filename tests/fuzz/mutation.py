"""Mutations of well-formed octets: cheap, seeded, the same in every run."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence

SEED = int(os.environ.get("FUZZ_SEED", "1"))
_INTERESTING = (b"\x00", b"\xff", b"\x80", b"\x7f", b"\x84\xff\xff\xff\xff", b"\x30\x80", b"\xa0\x80", b"\x24\x80", b"\x00\x00",
                b"\x02\x01", b"\x1f", b"\x05\x00")


def mutants(seeds: Sequence[bytes], count: int, seed: int = SEED) -> Iterator[bytes]:
    """`count` damaged copies of the seeds."""
    chance = random.Random(seed)
    for _ in range(count):
        octets = bytearray(chance.choice(seeds))
        for _ in range(1 << chance.randrange(4)):
            _mutate(octets, chance, seeds)
        yield bytes(octets)


def _mutate(octets: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at = chance.randrange(len(octets) + 1)
    match chance.randrange(6):
        case 0 if at < len(octets):
            octets[at] ^= 1 << chance.randrange(8)
        case 1:
            octets[at : at + chance.randrange(1, 5)] = chance.choice(_INTERESTING)
        case 2:
            octets[at:at] = chance.choice(_INTERESTING)
        case 3:
            del octets[at : at + chance.randrange(1, 40)]
        case 4:  # a piece of another message in the middle of this one
            other = chance.choice(seeds)
            start = chance.randrange(len(other))
            octets[at:at] = other[start : start + chance.randrange(1, 200)]
        case _:
            if at < len(octets):
                octets[at] = chance.randrange(256)


def survives(run: Callable[[bytes], object], octets: Iterator[bytes], *, seconds: float) -> int:
    """How many of them were given to `run` in this time; what it raises goes on, with the input beside it."""
    until, done = time.monotonic() + seconds, 0
    for one in octets:
        try:
            run(one)
        except BaseException as error:
            raise AssertionError(f"{type(error).__name__} for {one.hex()}") from error
        done += 1
        if time.monotonic() > until:
            break
    return done
