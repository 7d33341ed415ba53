"""Writing DER and making BER into it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from smime_milter.cms import ber, der
from smime_milter.cms.signer_info import read_time


@given(st.one_of(st.integers(0, 70_000), st.sampled_from([0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x10000, 0xFFFFFF, 0x1000000])))
def test_heads_are_the_shortest(length: int) -> None:
    """A head holds exactly the length and never a superfluous octet, as asn1crypto writes it."""
    made = der.head(0x04, length)
    assert ber.read_head(made + b"\0", 0) == (0x04, length, len(made))
    if length < 70_000:
        assert made + bytes(length) == core.OctetString(bytes(length)).dump()


BER = b"\x31\x80" b"\x24\x80\x04\x01b\x24\x03\x04\x01c\x00\x00" b"\x30\x81\x03\x02\x01\x01" b"\x04\x01a" b"\x00\x00"


def test_ber_becomes_der() -> None:
    """Indefinite and long lengths become short ones, pieces of strings one string, a SET is put in order."""
    found = ber.whole(BER).take()
    assert der.made_der(BER, found) == b"\x31\x0c" b"\x04\x01a" b"\x04\x02bc" b"\x30\x03\x02\x01\x01"


def test_der_stays_as_it_is() -> None:
    """What is DER already does not change."""
    made = der.sequence(der.set_of([b"\x04\x01b", b"\x02\x01\x01"]), der.octet_string(b"x" * 300))
    assert der.made_der(made, ber.whole(made).take()) == made


@pytest.mark.parametrize("year", [1950, 1999, 2026, 2049, 2050, 2150])
def test_times_come_back(year: int) -> None:
    """UTCTime until 2049, GeneralizedTime from then on, always in Z."""
    at = datetime(year, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    assert read_time(der.time(at)) == at
    assert der.time(at.astimezone(timezone(timedelta(hours=2)))) == der.time(at)
    assert der.time(at)[0] == (0x17 if year < 2050 else 0x18)


OTHER_TIMES = [
    b"\x17\x0b2601010000Z", b"\x17\x0d269901000000Z", b"\x04\x00", b"\x17\x0d26010100000\xc3\xa4", b"\x17\x00"
]


@pytest.mark.parametrize("encoded", OTHER_TIMES)
def test_other_times_are_none(encoded: bytes) -> None:
    """A time in any other spelling is not guessed."""
    assert read_time(encoded) is None
