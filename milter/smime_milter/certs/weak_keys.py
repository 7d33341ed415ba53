"""RSA keys of a known broken generator, told by their modulus alone."""

from __future__ import annotations

from functools import lru_cache

# CVE-2017-15361: the chip's primes are 65537^a mod M for a product M of small primes, so that
# the modulus is a power of 65537 modulo each of them. Chance of a false alarm about 2^-27.
_GENERATOR = 65537
_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
           109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167)


def is_roca(modulus: int) -> bool:
    """Whether the modulus has the fingerprint of Infineon's RSA library (ROCA)."""
    return all(modulus % prime in powers for prime, powers in _fingerprint())


@lru_cache(maxsize=1)
def _fingerprint() -> tuple[tuple[int, frozenset[int]], ...]:
    groups = ((prime, _powers(prime)) for prime in _PRIMES)
    return tuple((prime, powers) for prime, powers in groups if len(powers) < prime - 1)


def _powers(prime: int) -> frozenset[int]:
    return frozenset(pow(_GENERATOR, exponent, prime) for exponent in range(prime))
