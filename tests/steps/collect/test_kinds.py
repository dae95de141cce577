import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.steps.collect.kinds import Plan, convert, count_cells, decide, decide_native
from pilothouse.types import Kind


def kind_of(cells, name="column", **how):
    return decide(name, count_cells(cells), how.get("forced"), how.get("day_first")).plan.kind


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "-3"], Kind.NUMBER),
        (["￥1,200", "1.2万", "１２"], Kind.NUMBER),
        (["1", "N/A", "", "无", "-"], Kind.NUMBER),
        (["00123", "00124"], Kind.CATEGORY),
        (["9007199254740993", "1"], Kind.CATEGORY),
        (["0.5", "00.7", "3"], Kind.NUMBER),
        (["yes", "no"], Kind.CATEGORY),
        (["TRUE", "FALSE"], Kind.CATEGORY),
        (["是", "否"], Kind.CATEGORY),
        (["Ann", "NA", "unknown"], Kind.CATEGORY),
        (["2025-03-04", "2025/3/5"], Kind.TIME),
        (["2025年3月4日", "未知"], Kind.TIME),
        (["", "", ""], Kind.CATEGORY),
        (["NA", "N/A"], Kind.CATEGORY),
        (["1e308", "-1e308"], Kind.NUMBER),
        (["inf", "1", "2"], Kind.NUMBER),
        (["12,5", "1.234,5", "7"], Kind.NUMBER),
    ],
)
def test_kind_of_a_column(cells, kind):
    assert kind_of(cells) is kind


def test_few_wrong_cells_leave_a_number_many_do_not():
    numbers = [str(i) for i in range(99)]
    assert kind_of([*numbers, "oops"]) is Kind.NUMBER
    assert kind_of([*numbers, "oops", "what", "why"]) is Kind.CATEGORY


def test_digits_are_dates_only_under_a_name_that_says_so():
    cells = ["20250304", "20250305"]
    assert kind_of(cells, "order_date") is Kind.TIME
    assert kind_of(cells, "下单日期") is Kind.TIME
    assert kind_of(cells, "amount") is Kind.NUMBER
    assert kind_of(["1741046400"], "timestamp") is Kind.TIME
    assert kind_of(["123456789", "223456789"], "deposits") is Kind.NUMBER
    assert kind_of(["1", "31"], "day") is Kind.NUMBER


def test_long_different_sentences_are_text():
    texts = [f"The delivery of parcel {i} came late and the box was open" for i in range(20)]
    assert kind_of(texts) is Kind.TEXT
    assert kind_of([f"第{i}次购买，包装很好，送货也很快，下次还会再来买" for i in range(20)]) is Kind.TEXT
    assert (
        kind_of(["Bank transfer that is made automatically", "Electronic check by the customer"] * 20)
        is Kind.CATEGORY
    )
    assert kind_of([f"3f2b8c1e-1d2a-4b6c-9e0f-{i:012d}" for i in range(20)]) is Kind.CATEGORY


def test_twofold_dates_are_asked_about_and_kept_as_written():
    decision = decide("when", {"03/04/2025": 2, "05/06/2025": 1}, None, None)
    assert decision.plan.waits and decision.plan.kind is Kind.CATEGORY
    assert [q.key for q in decision.questions] == ["collect.which_first"]
    answered = decide("when", {"03/04/2025": 2}, None, True)
    assert answered.plan.kind is Kind.TIME and not answered.questions
    proven = decide("when", {"03/04/2025": 2, "13/04/2025": 1}, None, None)
    assert proven.plan.times.day_first is True and not proven.questions
    against = decide("when", {"03/04/2025": 2, "13/04/2025": 1}, None, False)
    assert against.plan.times.day_first is True
    assert [n.key for n in against.notes] == ["collect.day_first_disagrees"]


def test_forced_kind_is_kept():
    assert kind_of(["00123", "x"], forced=Kind.NUMBER) is Kind.NUMBER
    assert kind_of(["1", "2"], forced=Kind.CATEGORY) is Kind.CATEGORY
    assert kind_of(["20250304"], forced=Kind.TIME) is Kind.TIME
    assert kind_of(["short"], forced=Kind.TEXT) is Kind.TEXT


def cells(*texts):
    made = np.empty(len(texts), dtype=object)
    made[:] = texts
    return made


def test_cells_that_do_not_fit_are_missing_and_named():
    values, bad = convert(cells("1", "oops", "", "NA", "inf", "1.2万"), "text", Plan("n", Kind.NUMBER))
    assert np.array_equal(values, [1, np.nan, np.nan, np.nan, np.nan, 12000], equal_nan=True)
    assert bad == [1, 4]
    values, bad = convert(cells("2025-03-04", "soon", "-"), "text", Plan("t", Kind.TIME))
    assert np.isnat(values).tolist() == [False, True, True]
    assert bad == [1]


def test_words_keep_every_answer_but_nothing():
    values, bad = convert(cells("NA", "unknown", "", "NULL", r"\N", "-"), "text", Plan("c", Kind.CATEGORY))
    assert list(values) == ["NA", "unknown", None, None, None, "-"]
    assert bad == []


def test_native_values_become_text_without_a_point():
    values, _ = convert(np.array([1.0, 2.5, np.nan]), "number", Plan("c", Kind.CATEGORY))
    assert list(values) == ["1", "2.5", None]
    values, bad = convert(np.array([1.0, np.inf, -np.inf]), "number", Plan("n", Kind.NUMBER))
    assert bad == [1, 2] and np.isnan(values[1:]).all()


def test_equal_words_share_one_object():
    values, _ = convert(cells(*["".join(["a", "b"]) for _ in range(3)]), "text", Plan("c", Kind.CATEGORY))
    assert values[0] is values[1] is values[2]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_come_back_exactly(numbers):
    values, bad = convert(cells(*map(repr, numbers)), "text", Plan("n", Kind.NUMBER))
    assert not bad
    assert values.tolist() == numbers


@pytest.mark.parametrize(
    ("name", "numbers", "kind"),
    [
        ("timestamp", [1741046400, 881250949, np.nan], Kind.TIME),
        ("event_time", [1741046400000.0], Kind.TIME),
        ("timestamp", [1741046400.5], Kind.NUMBER),
        ("time", [3.0, 250.0], Kind.NUMBER),
        ("amount", [1741046400.0], Kind.NUMBER),
        ("date", [np.nan], Kind.NUMBER),
    ],
)
def test_native_numbers_are_times_where_name_and_size_say_so(name, numbers, kind):
    cells = np.array(numbers, dtype=float)
    plan = decide_native(name, cells).plan
    assert plan.kind is kind
    values, bad = convert(cells, "number", plan)
    assert not bad and len(values) == len(cells)
    if kind is Kind.TIME:
        assert np.isnat(values).tolist() == np.isnan(cells).tolist()
        assert np.datetime64("1990") < values[0] < np.datetime64("2030")


def test_seconds_written_with_a_point_are_times():
    assert kind_of(["1741046400.0", "881250949.0"], "timestamp:float") is Kind.TIME


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["My mouse is not responding", "Where is my order", "How do I pay?"], Kind.TEXT),
        (["怎么退货", "你们几点开门呢", "发票能开吗"], Kind.TEXT),
        (["Ann Lee", "Bob Stone", "Cy Young"], Kind.CATEGORY),
        (["王小明", "李雷", "韩梅梅"], Kind.CATEGORY),
        (["SKU-1 A", "SKU-2 B", "SKU-3 C"], Kind.CATEGORY),
    ],
)
def test_short_sentences_are_texts_and_names_are_not(values: list[str], kind: Kind) -> None:
    assert decide("said", dict.fromkeys(values, 1), None, None).plan.kind is kind


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (["￥19.9", "¥20", "¥21.5", "22"], "¥"),
        (["19.9元", "20 块", "21.5元"], "元"),
        (["USD 3", "4 usd", "N/A"], "USD"),
        (["$3", "€4", "$5"], "¤"),
        (["¥12", "13元", "9元"], "元"),
        (["3", "4", "5", "¥6"], ""),
        (["3%", "4%"], ""),
        (["3", "4"], ""),
    ],
)
def test_numbers_keep_the_currency_that_most_cells_write(cells: list[str], unit: str) -> None:
    counts = count_cells(cells)
    for forced in (None, Kind.NUMBER):
        plan = decide("price", counts, forced, None).plan
        assert plan.kind is Kind.NUMBER and plan.unit == unit
