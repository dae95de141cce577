"""Dates and times as people write them.

``Times`` reads one cell under one reading of the column: whether the day stands
first, and whether bare digits (20250304, seconds since 1970) may be times. What
carries a zone becomes UTC; what carries none stays as written. It never guesses
between the third of April and the fourth of March: ``find_day_first`` says whether
the column itself decides that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_WIDE = str.maketrans("０１２３４５６７８９／－：．\u3000\xa0", "0123456789/-:.  ")
_CLOCK = (
    r"(?:(?:\s*T\s*|\s+|(?<=[日号]))(?P<half>上午|下午)?\s*(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})分?"
    r"(?::?(?P<second>\d{1,2})秒?(?:[.,](?P<part>\d{1,9}))?)?\s*(?P<noon>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?:([-/.])(?P<month>\d{1,2})(?:\2(?P<day>\d{1,2}))?"
    r"|年(?P<month_zh>\d{1,2})月(?:(?P<day_zh>\d{1,2})[日号]?)?)" + _CLOCK,
    re.ASCII,
)
_YEAR_LAST = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second_part>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})" + _CLOCK,
    re.ASCII,
)
_NAMED = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)??(?:(?P<day>\d{1,2})[\s-](?P<name>[A-Za-z]{3,9})[\s,-]+"
    r"|(?P<name2>[A-Za-z]{3,9})\.?\s(?P<day2>\d{1,2}),?\s)(?P<year>\d{4})" + _CLOCK,
    re.ASCII,
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?",
    re.ASCII,
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_LONGEST = 60
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Times:
    """How the times of one column are read.

    Parameters
    ----------
    day_first
        For 03/04/2025: True for the third of April; None reads only the dates
        that can be read in one way.
    bare
        Read 20250304 and seconds or milliseconds since 1970 too.
    """

    day_first: bool | None = None
    bare: bool = False

    def read(self, text: str) -> int | None:
        """Microseconds since 1970 (UTC where a zone is given), or None."""
        if len(text) > _LONGEST or not text or not any(map(str.isdigit, text)):
            return None
        if not text.isascii():
            text = text.translate(_WIDE)
        try:
            return self._read(text)
        except (ValueError, OverflowError):  # the 30th of February, hour 25, year 0
            return None

    def _read(self, text: str) -> int | None:
        if match := _YEAR_FIRST.fullmatch(text):
            month, day = match["month"] or match["month_zh"], match["day"] or match["day_zh"] or "1"
            return _moment(match, int(match["year"]), int(month), int(day))
        if match := _YEAR_LAST.fullmatch(text):
            return self._year_last(match)
        if match := _NAMED.fullmatch(text):
            month = _month_number(match["name"] or match["name2"])
            return month and _moment(match, int(match["year"]), month, int(match["day"] or match["day2"]))
        return self._bare(text) if self.bare else None

    def _year_last(self, match: re.Match[str]) -> int | None:
        first, second = int(match["first"]), int(match["second_part"])
        if len(match["year"]) == 2 and match["mark"] != "/":
            return None  # 1.2.34 is a version, 10-20-30 a code
        day_first = _forced(match)
        if day_first is None:
            day_first = self.day_first
        if day_first is None and first != second:
            return None
        year = int(match["year"])
        if len(match["year"]) == 2:  # as POSIX strptime: 69 is 1969, 68 is 2068
            year += 1900 if year > 68 else 2000
        return _moment(match, year, second if day_first else first, first if day_first else second)

    def _bare(self, text: str) -> int | None:
        text = text.removesuffix(".0")
        if text.isdigit() and len(text) in (10, 13) and text[0] in "123456789":
            seconds = int(text) * (1_000_000 if len(text) == 10 else 1_000)
            return seconds if seconds < 4_102_444_800 * 1_000_000 else None  # the year 2100
        if text.isdigit() and len(text) == 9:  # before September 2001
            return int(text) * 1_000_000
        match = _COMPACT.fullmatch(text)
        if match is None:
            return None
        year, month, day = (int(match[p]) for p in ("year", "month", "day"))
        hour, minute, second = (int(match[p] or 0) for p in ("hour", "minute", "second"))
        when = datetime(year, month, day, hour, minute, second)
        return (when - _EPOCH) // _MICROSECOND


def is_time(text: str) -> bool:
    """Tell whether ``text`` is a date or time, whichever of day and month stands first."""
    return Times(True).read(text) is not None or Times(False).read(text) is not None


def has_zone(text: str) -> bool:
    """Tell whether a time carries its zone."""
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _NAMED):
        if match := pattern.fullmatch(text.translate(_WIDE)):
            return match["zone"] is not None
    return False


def find_day_first(texts: Iterable[str]) -> tuple[bool | None, bool]:
    """What the dates of a column say themselves: (day first or None, is it open?).

    13/04 can only be the thirteenth of April; one such date decides the column,
    unless another says the opposite. Open means that dates remain which can be
    read in two ways and nothing decides.
    """
    seen: set[bool] = set()
    twofold = False
    for text in texts:
        match = _YEAR_LAST.fullmatch(text.translate(_WIDE)) if len(text) <= _LONGEST else None
        if match is None:
            continue
        forced = _forced(match)
        if forced is not None:
            seen.add(forced)
        elif match["first"] != match["second_part"]:
            twofold = True
    if len(seen) == 1:
        return seen.pop(), False
    return None, twofold


def _forced(match: re.Match[str]) -> bool | None:
    """Which of day and month stands first, where one date alone decides it."""
    if match["mark"] == ".":
        return True  # nobody writes the month first with points
    if int(match["first"]) > 12:
        return True
    return False if int(match["second_part"]) > 12 else None


def _month_number(name: str) -> int | None:
    """The month that a name or its first three letters mean."""
    lower = "sep" if name.lower() == "sept" else name.lower()
    return next((i for i, month in enumerate(_MONTHS, 1) if lower in (month, month[:3])), None)


def _moment(match: re.Match[str], year: int, month: int, day: int) -> int:
    hour, minute, second = (int(match[p] or 0) for p in ("hour", "minute", "second"))
    afternoon = (match["noon"] or "a")[0].lower() == "p" or match["half"] == "下午"
    if match["noon"] or match["half"]:
        hour = hour % 12 + 12 * afternoon
    days = hour == 24 and minute == second == 0  # ISO 8601 lets a day end at 24:00
    micro = int((match["part"] or "0").ljust(6, "0")[:6])
    when = datetime(year, month, day, 0 if days else hour, minute, second, micro) + timedelta(days=int(days))
    zone = match["zone"]
    if zone and zone[0] in "+-":
        away = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].lstrip(":") or 0))
        sign = -1 if zone[0] == "-" else 1
        when = when.replace(tzinfo=timezone(sign * away)).astimezone(UTC).replace(tzinfo=None)
    return (when - _EPOCH) // _MICROSECOND
