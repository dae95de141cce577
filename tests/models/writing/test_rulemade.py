"""Texts that rules make: nothing invented, what may not be told left out, the best way taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pilothouse.models.writing.facts import Fact, Item
from pilothouse.models.writing.rulemade import STYLES, GrammarModel, OwnModel, PlainModel, own
from pilothouse.models.writing.rules import KINDS, Rules
from pilothouse.types import Context

HERE = Context()
CUP = Item(
    "云朵杯",
    (
        Fact("容量", "500", "毫升", "容量"),
        Fact("价格", "99", "元", "价格"),
        Fact("卖点", "好清洗", "", "卖点"),
    ),
)
LAMP = Item("Northwind Lamp", (Fact("weight", "1.5", "kg", "w"), Fact("colour", "dark green", "", "colour")))
BAD = replace(
    CUP,
    facts=(*CUP.facts, Fact("荣誉", "国家级工艺", "", "荣誉"), Fact("详情", "见 www.evil.com", "", "详情")),
)


def test_the_template_tells_each_fact_in_order() -> None:
    (text,) = PlainModel(Rules(language="zh")).write([CUP], HERE)
    assert (
        text.text == "云朵杯。容量：500毫升。价格：99元。卖点：好清洗。"
        and text.checked.passed
        and not text.by_model
    )
    (text,) = PlainModel(Rules(language="en")).write([LAMP], HERE)
    assert text.text == "Northwind Lamp. Weight: 1.5 kg. Colour: dark green." and text.stands


def test_the_template_stops_where_the_length_ends() -> None:
    (text,) = PlainModel(Rules(language="zh", shortest=3, longest=15)).write([CUP], HERE)
    assert text.text == "云朵杯。容量：500毫升。" and text.checked.holds("length")


def test_the_template_copies_what_it_should_not_and_is_found_out() -> None:
    (text,) = PlainModel(Rules(language="zh")).write([BAD], HERE)
    assert not text.stands and not text.checked.holds("words") and not text.checked.holds("safe")


def test_the_grammar_leaves_out_what_may_not_be_told() -> None:
    (text,) = GrammarModel(Rules(language="zh")).write([BAD], HERE)
    assert text.stands and "国家级" not in text.text and "evil" not in text.text and "500" in text.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("language", "item"), [("zh", CUP), ("en", LAMP)])
def test_every_way_of_every_kind_passes_on_a_plain_item(kind: str, language: str, item: Item) -> None:
    rules = Rules(kind=kind, language=language)
    (ways,) = GrammarModel(rules).variants([item], HERE)
    assert 1 < len({w.variant for w in ways}) <= len(STYLES)
    assert [w.text for w in ways if not w.checked.passed and w.variant == ways[0].variant] == []
    assert PlainModel(rules).write([item], HERE)[0].checked.passed


def test_words_that_must_stand_there_do() -> None:
    rules = Rules(language="zh", must_have=("云朵家居",), one_of=("安心", "放心"))
    ways = GrammarModel(rules).variants([CUP], HERE)[0]
    assert all("云朵家居" in w.text and ("安心" in w.text or "放心" in w.text) for w in ways)
    assert not PlainModel(rules).write([CUP], HERE)[0].checked.holds("brand")


def test_what_the_user_put_first_comes_first_else_what_few_share() -> None:
    ways = GrammarModel(Rules(language="zh", benefit="卖点")).variants([CUP], HERE)[0]
    benefit = next(w.text for w in ways if w.variant == "benefit")
    assert benefit.index("好清洗") < benefit.index("500")
    common = {"容量": {"500": 9}, "价格": {"99": 2}, "卖点": {"好清洗": 30}}
    ways = GrammarModel(Rules(language="zh"), common, 30).variants([CUP], HERE)[0]
    assert "99元" in next(w.text for w in ways if w.variant == "short")


def test_openings_differ_between_items_and_never_for_one() -> None:
    items = [replace(CUP, name=f"云朵杯{n}号") for n in range(12)]
    texts = [t.text for t in GrammarModel(Rules(language="zh")).write(items, HERE)]
    assert len({t.replace(f"云朵杯{n}号", "") for n, t in enumerate(texts)}) > 3
    assert texts[::-1] == [t.text for t in GrammarModel(Rules(language="zh")).write(items[::-1], HERE)]


def test_a_row_that_says_nothing_but_its_name_gets_its_name() -> None:
    (ways,) = GrammarModel(Rules(language="en")).variants([Item("Northwind Lamp", ())], HERE)
    assert [w.variant for w in ways] == ["first"] and "{" not in ways[0].text


def test_the_users_template_is_filled_once_and_nothing_in_a_value_is_a_place() -> None:
    rules = Rules(language="zh", template="{name}，只要{价格}元{没有}。")
    assert OwnModel(rules).write([CUP], HERE)[0].text == "云朵杯，只要99元。"
    tricky = replace(CUP, facts=(Fact("价格", "{name}", "", "价格"),))
    assert own("{价格}", tricky) == "{name}"
    for model in (PlainModel(Rules(language="zh")), GrammarModel(Rules(language="zh"))):
        (text,) = model.write([replace(CUP, name="{facts}{lead}")], HERE)
        assert "{facts}" in text.text and not text.stands


def test_a_label_that_is_no_noun_stands_before_a_colon_alone() -> None:
    odd = (
        Fact("good for", "travel", "", "a"),
        Fact("is new here", "yes", "", "b"),
        Fact("colour", "navy", "", "c"),
    )
    items = [Item(f"Lamp {n}", odd) for n in range(12)]
    texts = [t.text for t in GrammarModel(Rules(language="en")).write(items, HERE)]
    assert not any("good for is" in t or "is new here is" in t for t in texts)
    assert any("colour is navy" in t for t in texts) and any("Good for: travel" in t for t in texts)
