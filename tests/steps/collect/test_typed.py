import numpy as np

from pilothouse.steps.collect import Source, read
from pilothouse.types import Kind, Role


def test_sample_and_every_row_are_typed_alike(tmp_path):
    path = tmp_path / "t.csv"
    lines = [f"k{i},{i / 10},2025-03-{i % 28 + 1:02d}" for i in range(3000)]
    path.write_text("\n".join(["key,amount,day", *lines]))
    found = read(Source(str(path)), rows_in_memory=500)
    assert found.table.rows == 500 and found.whole.rows == 3000
    batches = list(found.whole.batches(700))
    assert [b.rows for b in batches] == [700, 700, 700, 700, 200]
    assert np.concatenate([b["amount"] for b in batches]).tolist() == [i / 10 for i in range(3000)]
    assert [c.kind for c in batches[0].columns] == [Kind.CATEGORY, Kind.NUMBER, Kind.TIME]
    position = {f"k{i}": i for i in range(3000)}
    assert all(position[k] / 10 == a for k, a in zip(found.table["key"], found.table["amount"], strict=True))
    found.whole.close()


def test_code_outside_the_sample_keeps_its_column_text(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["code,x", *(f"{i},1" for i in range(1000, 4000)), "007,1"]))
    found = read(Source(str(path)), rows_in_memory=10)
    assert found.table.column("code").kind is Kind.CATEGORY
    assert list(found.whole.batches(5000))[0]["code"][-1] == "007"
    found.whole.close()


def test_wrong_cells_are_listed_with_line_and_column(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["x,y", *(f"{i},a" for i in range(99)), "oops,b"]))
    found = read(Source(str(path)))
    assert [(r.line, r.column, r.reason.key, r.text) for r in found.rejects] == [
        (101, "x", "collect.no_number", "oops")
    ]
    assert found.table.rows == 100 and found.provenance.rows_rejected == 0
    assert [n.key for n in found.notes] == ["collect.bad_cells"]


def test_missing_and_different_values_are_counted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,c\n1,x,2025-03-04\n1,,2025-03-04\nN/A,y,\n2,x,2025-03-05\n")
    columns = read(Source(str(path))).table.columns
    assert [(c.missing, c.distinct) for c in columns] == [(0.25, 2), (0.25, 2), (0.25, 2)]


def test_waiting_column_is_left_out_and_years_beyond_are_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("when,due\n03/04/2025,2025-01-01\n05/06/2025,9999-12-31\n")
    found = read(Source(str(path)))
    assert found.table.column("when").role is Role.IGNORE
    assert [q.key for q in found.questions] == ["collect.which_first"]
    assert [n.key for n in found.notes] == ["collect.odd_years"]
    answered = read(Source(str(path)), day_first={"when": True})
    assert str(answered.table["when"][0])[:10] == "2025-04-03"
    assert dict(answered.provenance.day_first) == {"when": True}
