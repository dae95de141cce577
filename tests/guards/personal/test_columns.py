import numpy as np

from pilothouse.guards.personal import find_personal
from pilothouse.types import Column, Kind, Role, Table


def words(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def table(name, values, kind=Kind.CATEGORY, role=Role.FEATURE):
    values = values if kind is Kind.NUMBER else words(values)
    return Table((Column(name, kind, role),), {name: values})


def only(name, values, kind=Kind.CATEGORY):
    found = find_personal(table(name, values, kind))
    return found[0] if found else None


MOBILES = [f"139{i:08d}" for i in range(100)]


def test_mobiles_are_found_whatever_the_column_is_called():
    found = only("memo", MOBILES)
    assert (found.kind, found.by_name, found.by_content, found.share) == ("mobile", False, True, 1.0)


def test_mobiles_read_as_numbers_are_found():
    found = only("contact", np.array([float(m) for m in MOBILES] + [np.nan]), Kind.NUMBER)
    assert (found.kind, found.by_content) == ("mobile", True)
    assert only("revenue", np.linspace(1e10, 9e10, 100).round(), Kind.NUMBER) is None


def test_yes_or_no_telephone_is_a_category():
    assert only("telephone", ["yes", "none"] * 500) is None
    assert only("phone_number", np.array([0.0, 1.0] * 50), Kind.NUMBER) is None
    assert only("address", [f"区域{i % 30}" * 3 for i in range(1000)]) is None


def test_masked_numbers_are_personal_by_name():
    found = only("手机", [f"138****{i:04d}" for i in range(100)])
    assert (found.kind, found.by_name, found.by_content) == ("mobile", True, False)


def test_chinese_names_need_surnames_and_a_fitting_column():
    surnames, given = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊洋勇"
    people = [a + b + c for a in surnames for b in given for c in given[:2]]
    assert only("姓名", people).by_name
    assert only("客户", people).kind == "name"
    assert only("name", ["保温杯", "蓝牙耳机", "充电宝", "雨伞", "台灯"] * 40) is None


def test_english_names_are_told_from_products():
    people = [f"{a} {b}" for a in ("Ada", "Grace", "Alan", "Kurt", "Emmy") for b in
              ("Stone", "Miller", "Weber", "Noether", "Hopper")]  # fmt: skip
    assert only("name", people).kind == "name"
    assert only("name", [f"Kettle {i} litre" for i in range(25)]) is None
    assert only("product_name", [f"Blue Shirt {i}" for i in range(25)]) is None


def test_values_inside_texts_are_found_but_the_column_is_not_whole():
    texts = [f"第{i}条评论，很好用" for i in range(99)] + ["有事打 13800138000"]
    found = only("comment", texts, Kind.TEXT)
    assert (found.kind, found.whole) == ("mobile", False)
    assert 0 < found.share <= 0.01


def test_target_and_times_are_not_looked_at():
    assert find_personal(table("phone", MOBILES, role=Role.TARGET)) == ()
    times = np.array(["2025-01-01", "NaT"], dtype="datetime64[us]")
    assert find_personal(Table((Column("phone", Kind.TIME),), {"phone": times})) == ()


def test_empty_columns_are_not_personal():
    assert only("手机", [None] * 10) is None
    assert find_personal(table("phone", np.array([]), Kind.NUMBER)) == ()
