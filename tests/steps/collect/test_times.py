from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.steps.collect.times import Times, find_day_first, has_zone, is_time


def read(text, **how):
    found = Times(**how).read(text)
    return None if found is None else str(np.datetime64(found, "us")).removesuffix(".000000")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-03-04", "2025-03-04T00:00:00"), ("2025/3/4", "2025-03-04T00:00:00"),
        ("2025.03.04", "2025-03-04T00:00:00"), ("2025年3月4日", "2025-03-04T00:00:00"),
        ("２０２５年３月４日", "2025-03-04T00:00:00"), ("2025年3月", "2025-03-01T00:00:00"),
        ("2025-03", "2025-03-01T00:00:00"), ("2025-03-04 05:06", "2025-03-04T05:06:00"),
        ("2025-03-04T05:06:07Z", "2025-03-04T05:06:07"), ("2025-03-04T05:06:07+08:00", "2025-03-03T21:06:07"),
        ("2025-03-04 23:06:07 -0530", "2025-03-05T04:36:07"),
        ("2025年3月4日 下午3点05分", "2025-03-04T15:05:00"),
        ("2025年3月4日15时05分06秒", "2025-03-04T15:05:06"), ("2025/3/4 12:30:00 AM", "2025-03-04T00:30:00"),
        ("4 Mar 2025", "2025-03-04T00:00:00"), ("04-Mar-2025", "2025-03-04T00:00:00"),
        ("March 4, 2025", "2025-03-04T00:00:00"), ("Tue, 4 Mar 2025 10:00:00 GMT", "2025-03-04T10:00:00"),
        ("13/04/2025", "2025-04-13T00:00:00"), ("04/13/2025", "2025-04-13T00:00:00"),
        ("04.03.2025", "2025-03-04T00:00:00"), ("2025-03-04 24:00", "2025-03-05T00:00:00"),
        ("9999-12-31", "9999-12-31T00:00:00"), ("0001-01-01", "0001-01-01T00:00:00"),
    ],
)  # fmt: skip
def test_time_as_people_write_it(text, moment):
    assert read(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "2025-02-30", "2025-13-01", "2025-03-04 25:00", "0000-00-00", "03/04/2025", "1.2.34", "10:30",
     "2025", "20250304", "1741046400", "2025-03-04x", "hello 3", "3" * 500],
)  # fmt: skip
def test_time_that_is_none_or_twofold_is_none(text):
    assert read(text) is None


def test_twofold_date_follows_the_answer():
    assert read("03/04/2025", day_first=True) == "2025-04-03T00:00:00"
    assert read("03/04/2025", day_first=False) == "2025-03-04T00:00:00"
    assert read("13/04/2025", day_first=False) == "2025-04-13T00:00:00"
    assert read("3/4/25", day_first=False) == "2025-03-04T00:00:00"


def test_bare_digits_are_times_only_when_allowed():
    assert read("20250304", bare=True) == "2025-03-04T00:00:00"
    assert read("20250304050607", bare=True) == "2025-03-04T05:06:07"
    assert read("1741046400", bare=True) == "2025-03-04T00:00:00"
    assert read("1741046400000", bare=True) == "2025-03-04T00:00:00"
    assert read("20251304", bare=True) is None


def test_day_first_is_found_from_the_column():
    assert find_day_first(["03/04/2025", "13/04/2025"]) == (True, False)
    assert find_day_first(["03/04/2025", "04/13/2025"]) == (False, False)
    assert find_day_first(["03/04/2025", "01/02/2025"]) == (None, True)
    assert find_day_first(["03/04/2025", "13/04/2025", "04/13/2025"]) == (None, True)
    assert find_day_first(["03/03/2025"]) == (None, False)
    assert find_day_first(["2025-03-04"]) == (None, False)


def test_zone_is_seen():
    assert has_zone("2025-03-04T05:06:07Z")
    assert not has_zone("2025-03-04 05:06")
    assert is_time("03/04/2025")


@given(
    st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1)),
    st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)
def test_iso_with_zone_becomes_utc(moment, zone):
    found = Times().read(moment.replace(tzinfo=zone).isoformat())
    expected = np.datetime64(moment, "us") - np.timedelta64(
        zone.utcoffset(None) // timedelta(microseconds=1), "us"
    )
    assert np.datetime64(found, "us") == expected


@given(st.text(max_size=70), st.booleans())
def test_any_text_is_read_or_none(text, bare):
    found = Times(True, bare).read(text)
    assert found is None or isinstance(found, int)
