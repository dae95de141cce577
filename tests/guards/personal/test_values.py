import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.guards.personal.values import (
    find_in,
    find_in_each,
    has_id_check_digit,
    is_bank_card,
    mask,
    redact,
)

PERSONAL = {
    "13800138000": "[MOBILE]",
    "+86 138-0013-8000": "[MOBILE]",
    "8613800138000": "[MOBILE]",
    "１３８００１３８０００": "[MOBILE]",
    "138\u200b0013\u200b8000": "[MOBILE]",
    "010-62345678": "[PHONE]",
    "+1 (202) 555-0143": "[PHONE]",
    "li.lei+shop@mail.example.com": "[EMAIL]",
    "11010519491231002X": "[ID_CARD]",
    "110105194912310021X": None,
    "110105491231002": "[ID_CARD]",
    "078-05-1120": "[ID_CARD]",
    "6222021234567890128": None,
    "4111 1111 1111 1111": "[BANK_CARD]",
    "5500005555555559": "[BANK_CARD]",
    "京A12345": "[PLATE]",
    "粤BD12345": "[PLATE]",
    "苏e·88888": "[PLATE]",
    "北京市海淀区中关村大街27号3号楼502室": "[ADDRESS]",
    "221B Baker Street": "[ADDRESS]",
    "wxid_a1b2c3d4e5": "[WECHAT]",
    "192.168.10.24": "[IP]",
    "sk-abcdefghij0123456789": "[SECRET]",
}


@pytest.mark.parametrize(("value", "masked"), [(v, m) for v, m in PERSONAL.items() if m])
def test_personal_value_is_masked_alone_and_in_a_sentence(value, masked):
    assert redact(value) == masked
    assert redact(f"您好，{value}。谢谢") == f"您好，{masked}。谢谢"


@pytest.mark.parametrize(
    "text",
    [
        "订单 202403071234567890",
        "时间戳 1700000000000 和 1700000000",
        "商品条码 6901234567892",
        "4111 1111 1111 1112",
        "110105194912310021",
        "川A股大涨，云A100 服务器",
        "新iphone14手机",
        "住在3楼，地铁2号线",
        "price 12,345,678,901 and 0.13800138000",
        "wechat payment",
        "a@b",
        "300.400.500.600",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert redact(text) == text


def test_labelled_values_keep_their_label():
    assert redact("姓名：张三丰，微信号: lilei_99，name: Ada Lovelace") == (
        "姓名：[NAME]，微信号: [WECHAT]，name: [NAME]"
    )
    assert redact("姓名：不详") == "姓名：不详"


def test_address_takes_in_the_words_before_the_street_only_to_the_last_break():
    assert redact("请寄到上海市浦东新区世纪大道100号，谢谢") == "请寄到[ADDRESS]，谢谢"


def test_overlapping_values_become_one_mask():
    spans = find_in("地址：海淀区中关村大街27号13800138000")
    assert [s.kind for s in spans] == ["address", "mobile"]
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))


def test_id_card_check_digit_is_that_of_the_standard():
    assert has_id_check_digit("11010519491231002X")
    assert not has_id_check_digit("110105194912310021")
    assert not has_id_check_digit("99010519491231002X")


@given(st.integers(10**10, 10**18 - 1))
def test_luhn_agrees_with_its_definition(number):
    digits = f"4{number:018d}"[:16]
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(digits)]
    assert is_bank_card(digits) == (sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0)


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["13800138000", "li@example.com"]))
def test_planted_value_never_survives(before, after, value):
    text = f"{before}，{value}，{after}"
    assert value not in redact(text)


@given(st.lists(st.text(alphabet="1380@a.com 京A路号\u200b７x\n", max_size=24), max_size=12))
def test_searching_values_together_finds_what_each_alone_holds(values):
    together = dict(find_in_each(values))
    for position, value in enumerate(values):
        assert mask(value, together.get(position, [])) == redact(value)


def test_values_are_searched_across_chunks():
    values = ["x" * 400_000, "13800138000", "y" * 900_000, "li@example.com"]
    assert {p: s[0].kind for p, s in find_in_each(values)} == {1: "mobile", 3: "email"}
