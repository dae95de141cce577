import re

import numpy as np

from pilothouse.guards.personal import NameFinder, Pseudonyms
from pilothouse.steps.prepare.desensitise import desensitise
from pilothouse.types import Kind, Role
from steps.prepare.tables import table, words

KEY = Pseudonyms(b"0123456789abcdef")
N = 60


def customers():
    return table(
        roles={"客户编号": Role.ID, "household": Role.GROUP, "item": Role.ITEM, "y": Role.TARGET},
        kinds={"备注": Kind.TEXT},
        客户编号=[f"C{i:05d}" for i in range(N)],
        household=[f"H{i % 9}" for i in range(N)],
        item=[f"SKU{i % 5}" for i in range(N)],
        手机=[f"139{i:08d}" for i in range(N)],
        plan=["basic", "plus"] * (N // 2),
        source=["web", "store", "friend", "call 13900000001"] * (N // 4),
        备注=[f"第{i}次来电，回拨 139{i:08d} 或 u{i}@example.com" for i in range(N)],
        age=np.linspace(18, 80, N),
        y=["yes", "no"] * (N // 2),
    )


def treatments(done):
    return {(t.column, t.treatment, t.kind) for t in done.report}


def test_each_column_gets_its_treatment():
    done = desensitise(customers(), KEY)
    assert treatments(done) >= {
        ("客户编号", "pseudonym", "id"),
        ("household", "pseudonym", "id"),
        ("手机", "removed", "mobile"),
        ("source", "redacted", "mobile"),
        ("备注", "redacted", "mobile"),
    }
    assert {t.column for t in done.report} == {"客户编号", "household", "手机", "source", "备注"}


def test_nothing_personal_is_left_and_the_rest_is_untouched():
    before = customers()
    done = desensitise(before, KEY).table
    left = "\n".join(str(v) for name in done.names for v in done[name].tolist())
    assert not re.search(r"139[0-9]{8}|@example|C000|H[0-9]", left)
    for name in ("item", "plan", "age", "y"):
        assert done[name] is before[name]
    assert done["source"][:4].tolist() == ["web", "store", "friend", "call [MOBILE]"]
    assert done["备注"][7] == "第7次来电，回拨 [MOBILE] 或 [EMAIL]"


def test_rows_stay_in_order_so_that_ids_can_be_mapped_back():
    before = customers()
    after = desensitise(before, KEY).table
    back = dict(zip(after["客户编号"], before["客户编号"], strict=True))
    assert len(back) == N and after.names == before.names
    again = desensitise(before, KEY).table
    assert (again["客户编号"] == after["客户编号"]).all()


def test_removed_column_is_ignored_and_says_why():
    column = desensitise(customers(), KEY).table.column("手机")
    assert (column.role, column.personal, column.missing) == (Role.IGNORE, "mobile", 1.0)
    assert "手机号" in column.reason.text("zh") and "phone" in column.reason.text("en")


def test_same_user_has_one_pseudonym_in_every_table():
    visits = table(roles={"uid": Role.USER}, uid=["u1", "u2"] * 15)
    people = table(roles={"user_id": Role.USER}, user_id=["u1", "u2"] * 15)
    assert desensitise(visits, KEY).table["uid"][0] == desensitise(people, KEY).table["user_id"][0]


def test_ids_that_were_read_as_numbers_are_named_without_a_point():
    numbers = table(roles={"id": Role.USER}, id=np.array([1001.0, 1002.5, np.nan]))
    text = table(roles={"id": Role.USER}, id=["1001", "1002.5", None])
    assert desensitise(numbers, KEY).table["id"].tolist() == desensitise(text, KEY).table["id"].tolist()


def test_switched_off_leaves_values_and_says_so_but_still_renames_ids():
    before = customers()
    done = desensitise(before, KEY, enabled=False)
    assert done.table["手机"] is before["手机"]
    assert ("手机", "not_checked", "mobile") in treatments(done)
    assert ("客户编号", "pseudonym", "id") in treatments(done)
    assert done.table["客户编号"][0] != "C00000"


def test_names_in_texts_are_masked_by_a_finder():
    finder = NameFinder(lambda t: [m.span() for m in re.finditer("王小明|李雷", t)], lambda t: [])
    made = table(kinds={"memo": Kind.TEXT}, memo=[f"王小明第{i}次投诉，电话 13800138000" for i in range(30)])
    done = desensitise(made, KEY, names=finder)
    assert done.table["memo"][3] == "[NAME]第3次投诉，电话 [MOBILE]"
    assert "not_checked" not in {t.treatment for t in done.report}


def test_without_a_finder_names_are_reported_as_not_checked(monkeypatch):
    monkeypatch.setattr("pilothouse.steps.prepare.desensitise.name_finder", lambda: None)
    made = table(kinds={"memo": Kind.TEXT}, memo=[f"第{i}次投诉" for i in range(30)])
    done = desensitise(made, KEY)
    assert treatments(done) == {("memo", "not_checked", "name")}
    assert "privacy" in done.report[0].reason.text("zh")


def test_headings_that_are_personal_are_masked():
    made = table(roles={"13800138000": Role.ID}, **{"13800138000": ["13900139000"], "13800138001": ["x"]})
    done = desensitise(made, KEY)
    assert done.table.names == ("[MOBILE]", "[MOBILE]_2")
    assert "1380" not in "".join(t.column for t in done.report)


def test_product_names_stay_and_people_go_with_a_reason():
    goods = table(name=["保温杯", "蓝牙耳机", "充电宝", "雨伞"] * 20)
    assert desensitise(goods, KEY).report == ()
    people = table(name=[a + b + c for a in "王李张刘陈" for b in "伟芳娜敏静" for c in "丽强磊"])
    done = desensitise(people, KEY)
    assert done.report[0].treatment == "removed"
    assert "%" in done.report[0].reason.text("en")


def test_missing_values_stay_missing():
    made = table(roles={"id": Role.ID}, id=["a", None], memo=[None, "call 13800138000"])
    done = desensitise(made, KEY).table
    assert done["id"][1] is None and done["memo"].tolist() == [None, "call [MOBILE]"]
    assert words([]).size == 0
