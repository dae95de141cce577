import pytest

from pilothouse.guards.personal.words import is_name_shaped, kind_by_name, may_name_people


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("手机", "mobile"),
        ("手机号码（必填）", "mobile"),
        ("联系电话2", "mobile"),
        ("PhoneNumber", "mobile"),
        ("customer_mobile", "mobile"),
        ("E-mail", "email"),
        ("userEmail", "email"),
        ("email_address", "email"),
        ("邮箱", "email"),
        ("身份证号", "id_card"),
        ("id_card", "id_card"),
        ("银行卡号", "bank_card"),
        ("会员卡号", "bank_card"),
        ("card_no", "bank_card"),
        ("车牌号", "plate"),
        ("收货地址", "address"),
        ("address", "address"),
        ("姓名", "name"),
        ("客户名称", "name"),
        ("customerName", "name"),
        ("微信号", "wechat"),
        ("ip_address", "ip"),
    ],
)
def test_column_name_promises_a_kind(column, kind):
    assert kind_by_name(column) == kind


@pytest.mark.parametrize(
    "column",
    [
        "name",
        "名称",
        "product_name",
        "phone_calls",
        "PhoneService",
        "手机品牌",
        "地址变更次数",
        "email_opens",
        "卡",
        "",
    ],
)
def test_other_column_names_promise_nothing(column):
    assert kind_by_name(column) is None


def test_bare_name_leaves_people_open():
    assert may_name_people("name")
    assert may_name_people("客户")
    assert not may_name_people("城市")


@pytest.mark.parametrize(
    ("text", "shaped"),
    [("张三", True), ("欧阳娜娜", True), ("阿依古丽·买买提", True), ("Ada B. Lovelace", True),
     ("黑色钢笔", False), ("iPhone 15 Pro", False), ("blue shirt", False), ("", False)],
)  # fmt: skip
def test_name_shape_needs_a_surname_or_capitals(text, shaped):
    assert is_name_shaped(text) is shaped
