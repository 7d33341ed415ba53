"""Working days in Germany's Länder and Austria, and from when a learned certificate is used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from smime_milter.model.settings import Activation, Certificates, Holidays

_LAENDER = frozenset("BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH".split())
CALENDARS = ("AT", "DE", *sorted(f"DE-{land}" for land in _LAENDER))
_SEARCH = 366  # days; a calendar without any working day in a year is a mistake, not a reason to hang

_WEEKEND = {5: "Samstag", 6: "Sonntag"}
_CUSTOMARY = {"12-24": "Heiligabend", "12-31": "Silvester"}

# Days after Easter Sunday, or MM-DD; Easter Sunday and Whit Sunday never make a difference.
_GERMAN: tuple[tuple[int | str, str], ...] = (
    ("01-01", "Neujahr"), (-2, "Karfreitag"), (1, "Ostermontag"), ("05-01", "Tag der Arbeit"),
    (39, "Christi Himmelfahrt"), (50, "Pfingstmontag"), ("10-03", "Tag der Deutschen Einheit"),
    ("12-25", "1. Weihnachtstag"), ("12-26", "2. Weihnachtstag"),
)
_AUSTRIAN: tuple[tuple[int | str, str], ...] = (
    ("01-01", "Neujahr"), ("01-06", "Heilige Drei Könige"), (1, "Ostermontag"), ("05-01", "Staatsfeiertag"),
    (39, "Christi Himmelfahrt"), (50, "Pfingstmontag"), (60, "Fronleichnam"), ("08-15", "Mariä Himmelfahrt"),
    ("10-26", "Nationalfeiertag"), ("11-01", "Allerheiligen"), ("12-08", "Mariä Empfängnis"),
    ("12-25", "Christtag"), ("12-26", "Stefanitag"),
)
# Day, name, first year, Länder. Mariä Himmelfahrt is the law in Bavaria where Catholics are the
# majority, Munich among them; parishes in Saxony and Thuringia that keep Fronleichnam are not told apart.
_REGIONAL: tuple[tuple[int | str, str, int, str], ...] = (
    ("01-06", "Heilige Drei Könige", 0, "BW BY ST"),
    ("03-08", "Frauentag", 2019, "BE"), ("03-08", "Frauentag", 2023, "MV"),
    (60, "Fronleichnam", 0, "BW BY HE NW RP SL"),
    ("08-15", "Mariä Himmelfahrt", 0, "BY SL"),
    ("09-20", "Weltkindertag", 2019, "TH"),
    ("10-31", "Reformationstag", 0, "BB MV SN ST TH"), ("10-31", "Reformationstag", 2018, "HB HH NI SH"),
    ("11-01", "Allerheiligen", 0, "BW BY NW RP SL"),
)
_ONCE = {"BE": {date(2020, 5, 8): "Tag der Befreiung", date(2025, 5, 8): "Tag der Befreiung",
                date(2028, 6, 17): "Tag des Volksaufstandes"}}


def why_not(day: date, *, holidays: Holidays) -> str | None:
    """Say in German why nobody works that day, None if it is a working day."""
    if day.weekday() in _WEEKEND:
        return _WEEKEND[day.weekday()]
    forms = {f"{day:%m-%d}", f"{day:%Y-%m-%d}"}
    if forms & set(holidays.except_):
        return None
    if forms & set(holidays.extra):
        return _CUSTOMARY.get(f"{day:%m-%d}", "arbeitsfrei laut Konfiguration")
    names = (holidays_of(calendar, day.year).get(day) for calendar in holidays.calendars)
    return next((name for name in names if name), None)


def is_working_day(day: date, *, holidays: Holidays) -> bool:
    return why_not(day, holidays=holidays) is None


def next_working_day(day: date, *, holidays: Holidays) -> date:
    """The first working day after this day, never the day itself; a year later if there is none before."""
    later = (day + timedelta(days=n) for n in range(1, _SEARCH))
    return next((d for d in later if is_working_day(d, holidays=holidays)), day + timedelta(days=_SEARCH))


def after_working_days(at: datetime, days: int, *, holidays: Holidays, zone: str = "Europe/Berlin") -> datetime:
    """The same time of day so many working days later, UTC; the day itself does not count."""
    local = at.astimezone(ZoneInfo(zone))
    day = local.date()
    for _ in range(days):
        day = next_working_day(day, holidays=holidays)
    return datetime.combine(day, local.time(), ZoneInfo(zone)).astimezone(timezone.utc)


def usable_from(learned: datetime, certificates: Certificates, zone: str = "Europe/Berlin") -> datetime:
    """From when a certificate learned at this time is used, UTC: at once, or 00:00 local of the next working day."""
    if certificates.activation is Activation.IMMEDIATELY:
        return learned.astimezone(timezone.utc)
    local = ZoneInfo(zone)
    day = next_working_day(learned.astimezone(local).date(), holidays=certificates.holidays)
    return datetime.combine(day, time(), local).astimezone(timezone.utc)


@lru_cache(maxsize=256)
def holidays_of(calendar: str, year: int) -> dict[date, str]:
    """Holidays and their names; ValueError for a calendar that is not in CALENDARS."""
    if calendar not in CALENDARS:
        raise ValueError("unknown calendar")
    on = _calendar_year(year)
    if calendar == "AT":
        return {on(day): name for day, name in _AUSTRIAN}
    land = calendar.removeprefix("DE").lstrip("-")
    named = {on(day): name for day, name in _GERMAN}
    named |= {on(day): name for day, name, first, where in _REGIONAL if land in where.split() and year >= first}
    named |= {day: name for day, name in _ONCE.get(land, {}).items() if day.year == year}
    if land == "SN":
        named[repentance_day(year)] = "Buß- und Bettag"
    return named


def _calendar_year(year: int) -> Callable[[int | str], date]:
    sunday = easter(year)

    def on(day: int | str) -> date:
        return sunday + timedelta(days=day) if isinstance(day, int) else date.fromisoformat(f"{year:04}-{day}")

    return on


def repentance_day(year: int) -> date:
    """The Wednesday before 23 November."""
    limit = date(year, 11, 22)
    return limit - timedelta(days=(limit.weekday() - 2) % 7)


def easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus (Meeus, Jones, Butcher)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
