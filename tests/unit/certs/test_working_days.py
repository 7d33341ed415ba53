"""Promises of certs.working_days."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from smime_milter.certs.working_days import (
    after_working_days, CALENDARS, easter, holidays_of, is_working_day, next_working_day, repentance_day, usable_from, why_not,
)
from smime_milter.model.settings import Activation, Certificates, Holidays

# Every holiday from Monday to Friday, checked against another implementation.
GOLDEN = """
2025 DE-BY 01-01 01-06 04-18 04-21 05-01 05-29 06-09 06-19 08-15 10-03 12-25 12-26
2025 AT    01-01 01-06 04-21 05-01 05-29 06-09 06-19 08-15 12-08 12-25 12-26
2026 DE-BY 01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 12-25
2026 AT    01-01 01-06 04-06 05-01 05-14 05-25 06-04 10-26 12-08 12-25
2027 DE-BY 01-01 01-06 03-26 03-29 05-06 05-17 05-27 11-01
2027 AT    01-01 01-06 03-29 05-06 05-17 05-27 10-26 11-01 12-08
2028 DE-BY 01-06 04-14 04-17 05-01 05-25 06-05 06-15 08-15 10-03 11-01 12-25 12-26
2028 AT    01-06 04-17 05-01 05-25 06-05 06-15 08-15 10-26 11-01 12-08 12-25 12-26
2029 DE-BY 01-01 03-30 04-02 05-01 05-10 05-21 05-31 08-15 10-03 11-01 12-25 12-26
2029 AT    01-01 04-02 05-01 05-10 05-21 05-31 08-15 10-26 11-01 12-25 12-26
2030 DE-BY 01-01 04-19 04-22 05-01 05-30 06-10 06-20 08-15 10-03 11-01 12-25 12-26
2030 AT    01-01 04-22 05-01 05-30 06-10 06-20 08-15 11-01 12-25 12-26
2031 DE-BY 01-01 01-06 04-11 04-14 05-01 05-22 06-02 06-12 08-15 10-03 12-25 12-26
2031 AT    01-01 01-06 04-14 05-01 05-22 06-02 06-12 08-15 12-08 12-25 12-26
2032 DE-BY 01-01 01-06 03-26 03-29 05-06 05-17 05-27 11-01
2032 AT    01-01 01-06 03-29 05-06 05-17 05-27 10-26 11-01 12-08
2033 DE-BY 01-06 04-15 04-18 05-26 06-06 06-16 08-15 10-03 11-01 12-26
2033 AT    01-06 04-18 05-26 06-06 06-16 08-15 10-26 11-01 12-08 12-26
2034 DE-BY 01-06 04-07 04-10 05-01 05-18 05-29 06-08 08-15 10-03 11-01 12-25 12-26
2034 AT    01-06 04-10 05-01 05-18 05-29 06-08 08-15 10-26 11-01 12-08 12-25 12-26
2035 DE-BY 01-01 03-23 03-26 05-01 05-03 05-14 05-24 08-15 10-03 11-01 12-25 12-26
2035 AT    01-01 03-26 05-01 05-03 05-14 05-24 08-15 10-26 11-01 12-25 12-26
"""
ROWS = [line.split() for line in GOLDEN.strip().splitlines()]
DEFAULT = Holidays()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_bavaria_and_austria_until_2035(row: list[str]) -> None:
    """The days on which nobody works are exactly those of the table."""
    year, calendar, *expected = row
    found = sorted(day for day in holidays_of(calendar, int(year)) if day.weekday() < 5)
    assert [f"{day:%m-%d}" for day in found] == expected


@pytest.mark.parametrize(("calendar", "day", "name"), [
    ("DE-BE", "2025-05-08", "Tag der Befreiung"), ("DE-BE", "2026-05-08", None), ("DE-BB", "2025-05-08", None),
    ("DE-BE", "2019-03-08", "Frauentag"), ("DE-BE", "2018-03-08", None),
    ("DE-MV", "2023-03-08", "Frauentag"), ("DE-MV", "2022-03-08", None),
    ("DE-TH", "2027-09-20", "Weltkindertag"), ("DE-SN", "2026-11-18", "Buß- und Bettag"), ("DE-BY", "2026-11-18", None),
    ("DE-HH", "2028-10-31", "Reformationstag"), ("DE-HH", "2016-10-31", None), ("DE-BW", "2028-10-31", None),
    ("DE-NW", "2027-11-01", "Allerheiligen"), ("DE-HE", "2027-11-01", None), ("DE-HE", "2026-06-04", "Fronleichnam"),
    ("DE-SL", "2028-08-15", "Mariä Himmelfahrt"), ("DE-BW", "2028-08-15", None),
    ("DE-ST", "2027-01-06", "Heilige Drei Könige"), ("DE", "2027-01-06", None), ("DE", "2028-10-03",
                                                                                 "Tag der Deutschen Einheit"),
    ("AT", "2026-04-03", None),
])
def test_what_differs_between_the_laender(calendar: str, day: str, name: str | None) -> None:
    """Regional and single holidays hold where and when the law says."""
    assert why_not(date.fromisoformat(day), holidays=Holidays(calendars=(calendar,), extra=())) == name


def test_all_sixteen_laender_are_known() -> None:
    """Every ISO code works, anything else is refused."""
    assert len(CALENDARS) == 18
    assert all(date(2026, 12, 25) in holidays_of(calendar, 2026) for calendar in CALENDARS)
    with pytest.raises(ValueError, match="calendar"):
        holidays_of("DE-XX", 2026)


@pytest.mark.parametrize(("year", "expected"), [
    (2000, "04-23"), (2008, "03-23"), (2011, "04-24"), (2024, "03-31"), (2026, "04-05"), (2038, "04-25"), (2049, "04-18"),
])
def test_easter(year: int, expected: str) -> None:
    """The date of Easter is right over half a century, at its earliest and latest too."""
    assert f"{easter(year):%m-%d}" == expected


def test_repentance_day_is_a_wednesday_between_16_and_22_november() -> None:
    """Buß- und Bettag falls where the law puts it, every year."""
    days = [repentance_day(year) for year in range(2000, 2100)]
    assert all(day.weekday() == 2 and day.month == 11 and 16 <= day.day <= 22 for day in days)


@pytest.mark.parametrize(("day", "following", "why"), [
    ("2026-06-01", "2026-06-02", "plain Monday"),
    ("2026-08-14", "2026-08-17", "weekend"),
    ("2028-08-14", "2028-08-16", "Mariä Himmelfahrt"),
    ("2026-04-02", "2026-04-07", "Good Friday to Easter Monday"),
    ("2026-12-23", "2026-12-28", "Christmas and the weekend"),
    ("2026-12-30", "2027-01-04", "New Year's Eve by configuration, New Year, weekend"),
    ("2026-10-23", "2026-10-27", "the Austrian national day counts too"),
    ("2026-06-06", "2026-06-08", "from a Saturday"),
])
def test_the_next_working_day(day: str, following: str, why: str) -> None:
    """Weekends, holidays of both countries and the company's own days are skipped."""
    assert next_working_day(date.fromisoformat(day), holidays=DEFAULT) == date.fromisoformat(following), why


def test_extra_and_excepted_days() -> None:
    """Both accept a day of every year or of one; an exception beats holiday and extra, never the weekend."""
    own = Holidays(calendars=("DE-BY",), extra=("02-16", "2027-02-09"), except_=("2026-01-06", "08-15"))
    assert not is_working_day(date(2026, 2, 16), holidays=own) and not is_working_day(date(2027, 2, 9), holidays=own)
    assert is_working_day(date(2026, 2, 9), holidays=own)
    assert is_working_day(date(2026, 1, 6), holidays=own) and not is_working_day(date(2027, 1, 6), holidays=own)
    assert is_working_day(date(2028, 8, 15), holidays=own) and not is_working_day(date(2026, 8, 15), holidays=own)


@pytest.mark.parametrize(("day", "reason"), [
    ("2026-08-15", "Samstag"), ("2026-08-16", "Sonntag"), ("2028-08-15", "Mariä Himmelfahrt"),
    ("2026-12-24", "Heiligabend"), ("2026-12-31", "Silvester"), ("2026-12-25", "1. Weihnachtstag"), ("2026-08-17", None),
])
def test_the_reason_is_named(day: str, reason: str | None) -> None:
    """Explanations say why a day was skipped."""
    assert why_not(date.fromisoformat(day), holidays=DEFAULT) == reason


def test_a_calendar_without_working_days_does_not_hang() -> None:
    """With every day of the year marked as free the answer is a year away."""
    every = tuple(f"{date(2024, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366))
    assert next_working_day(date(2026, 1, 1), holidays=Holidays(extra=every)) == date(2027, 1, 2)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(("learned", "expected"), [
    ("2026-06-01T10:00", "2026-06-01T22:00"),      # Monday -> Tuesday 00:00 in summer time
    ("2026-06-01T21:59", "2026-06-01T22:00"),      # one minute before midnight in Munich
    ("2026-06-01T22:00", "2026-06-02T22:00"),      # midnight in Munich is already Tuesday
    ("2026-01-14T10:00", "2026-01-14T23:00"),      # winter time
    ("2026-10-24T10:00", "2026-10-26T23:00"),      # over the change of clocks and the Austrian national day
    ("2026-08-14T10:00", "2026-08-16T22:00"),
])
def test_a_learned_certificate_is_used_from_local_midnight_of_the_next_working_day(learned: str, expected: str) -> None:
    """The day is the local one, the answer is UTC."""
    assert usable_from(utc(learned), Certificates()) == utc(expected)


def test_immediately_means_now() -> None:
    """Without a cool-off it is usable at the moment it was learned, in UTC."""
    at_once = Certificates(activation=Activation.IMMEDIATELY)
    moment = datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    answer = usable_from(moment, at_once)
    assert answer == moment and answer.tzinfo is timezone.utc


def test_the_zone_can_be_another() -> None:
    """Midnight is that of the given zone."""
    assert usable_from(utc("2026-06-01T10:00"), Certificates(), "UTC") == utc("2026-06-02T00:00")


def test_a_deadline_counts_working_days_and_keeps_the_time_of_day() -> None:
    """Three from Friday is Thursday, Austria's 26 October between them; the hour is that on the wall, winter time or not."""
    friday = datetime(2026, 10, 23, 12, 0, tzinfo=timezone.utc)
    assert after_working_days(friday, 3, holidays=Holidays()) == datetime(2026, 10, 29, 13, 0, tzinfo=timezone.utc)
    sunday = datetime(2026, 11, 22, 9, 0, tzinfo=timezone.utc)
    assert after_working_days(sunday, 1, holidays=Holidays()) == datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
