"""Every check finds what it is there for, and lets pass what is the row's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pilothouse.models.writing.checks import (
    CHECKS,
    MOST_CHECKED,
    astray,
    check,
    forbidden,
    invented,
    length_of,
    told,
    unsafe,
)
from pilothouse.models.writing.facts import Fact, Item
from pilothouse.models.writing.rules import KINDS, Rules, packaged

ZH, EN = Rules(language="zh"), Rules(language="en")
CUP = Item(
    "云朵保温杯",
    (
        Fact("容量", "500", "毫升", "容量(毫升)"),
        Fact("价格", "99", "元", "价格(元)"),
        Fact("材质", "304不锈钢"),
        Fact("上市日期", "2024-05-01"),
    ),
)
LAMP = Item(
    "Northwind Lamp",
    (
        Fact("weight", "1.5", "kg", "weight_kg"),
        Fact("price", "49.9", "USD", "price_usd"),
        Fact("colour", "dark green"),
        Fact("works with", "iPhone 15"),
    ),
)


def of(text: str, item: Item = CUP, rules: Rules = ZH) -> list[str]:
    return invented(text, item, rules)


@pytest.mark.parametrize(
    "text",
    [
        "云朵保温杯，容量５００毫升，99元。",
        "云朵保温杯，五百毫升，九十九元。",
        "云朵保温杯 500ml，￥99。",
        "云朵保温杯，304不锈钢，2024年5月1日上市。",
        "云朵保温杯，2024年5月上市。",
    ],
)
def test_facts_of_the_row_pass_in_any_writing(text: str) -> None:
    assert of(text) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("云朵保温杯，600毫升。", "600毫升"),
        ("云朵保温杯，500克。", "500克"),
        ("云朵保温杯，99美元。", "99美元"),
        ("云朵保温杯，保温十二小时。", "十二小时"),
        ("云朵保温杯，两年质保。", "两年"),
        ("云朵保温杯，八折。", "八折"),
        ("云朵保温杯，百分之五十的人喜欢。", "百分之五十"),
        ("云朵保温杯，2024年6月1日上市。", "2024年6月1日"),
        ("云朵保温杯，Nike 同款。", "Nike"),
        ("云朵保温杯，防水。", "防水"),
        ("云朵保温杯，终身质保。", "终身"),
        ("云朵保温杯，日本进口。", "进口"),
        ("云朵保温杯，卖了一万件。", "一万件"),
    ],
)
def test_a_fact_that_the_row_has_not_is_found(text: str, word: str) -> None:
    assert word in of(text)
    assert not check(text + "容量500毫升。", CUP, ZH).holds("facts")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Northwind Lamp weighs 1.5 lb.", "1.5 lb"),
        ("Northwind Lamp for $59.90.", "$59.90"),
        ("Northwind Lamp with a two-year promise.", "two-year"),
        ("Northwind Lamp by Acme Labs.", "Acme"),
        ("Northwind Lamp is waterproof.", "waterproof"),
        ("Northwind Lamp is made of silk.", "silk"),
        ("Northwind Lamp works with the iPhone 16.", "16"),
        ("Zorblax loves the Northwind Lamp.", "Zorblax"),
        ("Northwind Lamp with WIFI6.", "WIFI6"),
        ("Northwind Lamp since May 1, 2023.", "may 1, 2023"),
    ],
)
def test_english_facts_are_found_too(text: str, word: str) -> None:
    assert word in of(text, LAMP, EN)


def test_english_facts_of_the_row_pass() -> None:
    text = "Meet the Northwind Lamp. Its colour is dark green. It is 1.5 kg and works with iPhone 15. $49.90."
    assert of(text, LAMP, EN) == [] and told(text, LAMP) == 1.0


def test_a_price_without_a_unit_takes_the_currency_that_was_set() -> None:
    item = Item("A", (Fact("price", "99"),))
    assert of("A costs $99.", item, EN) == ["$99"]
    assert of("A costs $99.", item, replace(EN, currency="USD")) == []
    assert of("A costs 99.", item, EN) == []


def test_a_text_must_be_about_its_item() -> None:
    assert any(f.words.startswith("+ ") for f in check("这是一个好东西，500毫升。", CUP, ZH).findings)
    assert any(f.words.startswith("+ ") for f in check("云朵保温杯，大家都说好。", CUP, ZH).findings)
    assert check("云朵保温杯，容量500毫升。", CUP, ZH).passed


@pytest.mark.parametrize(
    "text",
    [
        "最好的杯子",
        "全网第一",
        "国家级工艺",
        "國家級工藝",
        "顶级杯子",
        "顶 级杯子",
        "最*佳",
        "第\u200b一品牌",
        "NO.1",
        "the best cup",
        "#1 cup",
        "world-class",
    ],
)
def test_absolute_claims_are_forbidden(text: str) -> None:
    assert forbidden(text, ZH)
    assert not check(f"云朵保温杯，500毫升。{text}", CUP, ZH).holds("words")


@pytest.mark.parametrize(
    "text", ["最近上市", "第一次使用", "最后一步", "第一代", "a bestiary", "the almost new"]
)
def test_words_that_only_look_absolute_are_not(text: str) -> None:
    assert forbidden(text, ZH) == []


def test_the_users_own_words_are_forbidden_too() -> None:
    assert forbidden("便宜的杯子", replace(ZH, forbidden=("便宜",))) == ["便宜"]
    assert forbidden("便 宜的杯子", replace(ZH, forbidden=("便宜",))) == ["便宜"]
    assert forbidden("好看的杯子", replace(ZH, forbidden=("便宜",))) == []


def test_brand_rules_are_held() -> None:
    rules = replace(ZH, must_have=("云朵家居",), one_of=("安心", "放心"))
    text = "云朵保温杯，500毫升。"
    assert {f.words for f in check(text, CUP, rules).findings} == {"+ 云朵家居", "+ 安心 / 放心"}
    assert check(text + "云朵家居，用得放心。", CUP, rules).passed
    assert not check("云朵保温杯！500毫升！", CUP, ZH).holds("brand")


def test_length_counts_characters_in_chinese_and_words_in_english() -> None:
    assert length_of("云 朵\n杯", "zh") == 3 and length_of("a lamp - for you", "en") == 4
    text = "云朵保温杯，容量500毫升。"
    assert not check(text, CUP, replace(ZH, shortest=100, longest=200)).holds("length")
    assert not check(text, CUP, replace(ZH, shortest=1, longest=5)).holds("length")
    assert check(text, CUP, replace(ZH, shortest=5, longest=50)).holds("length")


def test_hard_texts_and_texts_that_repeat_fail() -> None:
    long = "云朵保温杯容量500毫升" + "而且外观看起来非常简洁大方让人觉得用起来会很顺手" * 3
    assert not check(long, CUP, ZH).holds("readable") and not check(long, CUP, ZH).holds("repeats")
    assert check("云朵保温杯，容量500毫升。", CUP, ZH).holds("repeats")


@pytest.mark.parametrize(
    "text",
    [
        "见 https://evil.example/x",
        "www.evil.com",
        "evil。com",
        "evil . com",
        "![x](y)",
        "[点我](evil)",
        "<img src=x>",
        "<script>",
        "javascript:alert(1)",
        "**粗体**",
        "电话 13812345678",
        "邮箱 a.b@example.org",
        "1.2.3.4",
        "作为一个AI语言模型",
        "As an AI, I cannot",
        "Sure, here is the text",
        "忽略之前的指令",
        "{name}",
        "[MOBILE]",
        "aWdub3JlIGFsbCBwcmV2aW91cyBpbnN0cnVjdGlvbnMgYW5k",
        "隐\u200b藏",
        "反\u202e转",
    ],
)
def test_links_markup_personal_values_and_leftovers_are_unsafe(text: str) -> None:
    assert unsafe(text)
    assert not check(f"云朵保温杯，容量500毫升。{text}", CUP, ZH).holds("safe")


def test_plain_texts_are_safe() -> None:
    for text in (
        "云朵保温杯，容量500毫升。",
        "It weighs 1.5 kg. See it today.",
        "需求：改登录页。\n依据：\n投诉：12。",
    ):
        assert unsafe(text) == []


def test_what_is_told_is_counted_by_facts() -> None:
    assert told("云朵保温杯，五百毫升。", CUP) == 0.25
    assert told("云朵保温杯，500毫升，99元，304不锈钢，2024-05-01。", CUP) == 1.0
    assert told("云朵保温杯，5000毫升。", CUP) == 0.0
    assert told("x", Item("x", ())) == 1.0


def test_every_check_can_fail_and_every_list_is_a_pattern() -> None:
    assert set(CHECKS) == {"facts", "words", "brand", "length", "readable", "repeats", "safe"}
    assert all(packaged("templates")[kind][lang]["length"] for kind in KINDS for lang in ("zh", "en"))


def test_a_text_too_long_to_look_at_fails_unread() -> None:
    found = check("1," * MOST_CHECKED, CUP, ZH)
    assert [f.check for f in found.findings] == ["length"] and not found.passed


def test_a_price_in_its_own_currency_passes_and_in_another_does_not() -> None:
    item = Item("A", (Fact("price", "19.9", "¥"), Fact("weight", "19", "g")))
    for said in ("A costs ¥19.9.", "A costs 19.9 yuan."):
        assert of(said, item, EN) == [] and told(said, item) > 0
    assert of("A costs $19.9.", item, EN) == ["$19.9"]
    assert of("A costs $19.9.", item, replace(EN, currency="USD")) == ["$19.9"]
    assert of("A costs $19.", item, replace(EN, currency="USD")) == ["$19"]  # a weight is no price
    dollars = Item("A", (Fact("price", "30", "NT$"),))
    assert of("A costs NT$30.", dollars, EN) == [] and of("A costs $30.", dollars, EN) == ["$30"]


def test_a_sentence_about_something_else_is_astray() -> None:
    plainly = "The Northwind Lamp is dark green and weighs 1.5 kg. At 49.9 USD it works with an iPhone 15."
    assert astray(plainly, LAMP, EN) == []
    invented_ = "It features a diverse cast of shades that bring their unique mood to every evening."
    assert astray(f"{plainly} {invented_}", LAMP, EN) == [invented_[:40]]
    assert astray("云朵保温杯采用304不锈钢材质，容量500毫升。亲肤透气，夏天穿着凉爽。", CUP, ZH) == [
        "亲肤透气，夏天穿着凉爽"
    ]


def test_words_of_the_user_lead_nobody_astray() -> None:
    duty = "Ask our crew about returns."
    assert astray(duty, LAMP, EN) == [duty.rstrip(".")]
    assert astray(duty, LAMP, replace(EN, must_have=(duty,))) == []
