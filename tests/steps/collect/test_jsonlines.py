import pytest

from pilothouse.errors import BadTable
from pilothouse.steps.collect.jsonlines import read_jsonlines
from pilothouse.steps.collect.source import Reject


def rows_of(path, text):
    path.write_text(text, encoding="utf-8")
    rows = read_jsonlines(path)
    return rows, list(rows.records)


def test_columns_are_all_keys_in_order_and_digits_stay(tmp_path):
    text = '{"id": 9007199254740993, "n": 1.10}\n\n{"id": "00123", "姓名": "张", "ok": true, "n": null}\n'
    rows, records = rows_of(tmp_path / "t.jsonl", text)
    assert rows.names == ["id", "n", "姓名", "ok"]
    assert records == [(1, ["9007199254740993", "1.10", "", ""]), (3, ["00123", "", "张", "true"])]


def test_broken_lines_are_rejected_with_their_number(tmp_path):
    text = '{"a": 1}\n{"a": \n[1]\n{"a": "x\\u0000"}\n{"a": "\\ud800"}\n' + "[" * 100_000 + '\n{"a": 2}\n'
    _, records = rows_of(tmp_path / "t.jsonl", text)
    assert [r.line for r in records if isinstance(r, Reject)] == [2, 3, 4, 5, 6]
    assert [r for r in records if not isinstance(r, Reject)] == [(1, ["1"]), (7, ["2"])]


def test_array_of_objects_is_read(tmp_path):
    _, records = rows_of(tmp_path / "t.json", ' [{"a": 1},\n 3, {"a": {"b": [1]}}]')
    assert [r for r in records if not isinstance(r, Reject)] == [(1, ["1"]), (3, ['{"b": ["1"]}'])]


@pytest.mark.parametrize("text", ["[]", "[1, 2]", "[{", "nothing\n"])
def test_no_object_at_all_is_said(tmp_path, text):
    with pytest.raises(BadTable):
        rows_of(tmp_path / "t.jsonl", text)
