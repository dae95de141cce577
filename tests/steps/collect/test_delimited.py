import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.errors import BadTable
from pilothouse.steps.collect.delimited import read_delimited
from pilothouse.steps.collect.source import Reject


def parts(path, **how):
    rows = read_delimited(path, **how)
    records = list(rows.records)
    return (
        rows,
        [r for r in records if not isinstance(r, Reject)],
        [r for r in records if isinstance(r, Reject)],
    )


def test_rows_carry_the_line_they_begin_at(tmp_path):
    (tmp_path / "t.csv").write_text('name,note\nAnn,"a\nb"\n\nBob,c\n')
    rows, good, bad = parts(tmp_path / "t.csv")
    assert rows.names == ["name", "note"]
    assert good == [(2, ["Ann", "a\nb"]), (5, ["Bob", "c"])]
    assert not bad


def test_no_header_leaves_names_open(tmp_path):
    (tmp_path / "t.csv").write_text("39, State-gov\n50, Private\n38, State-gov\n")
    rows, good, _ = parts(tmp_path / "t.csv")
    assert rows.names == ["", ""] and rows.header is False
    assert good[0] == (1, ["39", "State-gov"])
    assert [n.key for n in rows.notes] == ["collect.no_header"]


def test_header_may_be_told(tmp_path):
    (tmp_path / "t.csv").write_text("1,2\n3,4\n")
    assert parts(tmp_path / "t.csv", header=True)[0].names == ["1", "2"]
    assert len(parts(tmp_path / "t.csv", header=False)[1]) == 2


def test_row_names_as_r_writes_get_a_name(tmp_path):
    (tmp_path / "t.csv").write_text("age,city\n" + "".join(f"r{i},{i},Rome\n" for i in range(5)))
    rows, good, bad = parts(tmp_path / "t.csv")
    assert rows.names == ["row", "age", "city"]
    assert len(good) == 5 and not bad


@pytest.mark.parametrize("text", ["", "\n\n", " \n"])
def test_no_rows_is_said(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadTable):
        read_delimited(tmp_path / "t.csv")


def test_endless_quote_costs_little(tmp_path):
    rows = "".join(f"{i},abc\n" for i in range(5000))
    (tmp_path / "t.csv").write_text('a,b\n7,"open\n' + rows)
    _, good, bad = parts(tmp_path / "t.csv")
    assert [r.line for r in bad] == [2]
    assert len(good) == 5000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.text(alphabet='ab,"\n', max_size=5), min_size=3, max_size=3), min_size=1, max_size=30
    )
)
def test_broken_rows_never_lose_their_neighbours(tmp_path, rows):
    """Rows written right come back, whatever stands broken between them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    block = "".join(f"k{i},1,2\n" for i in range(40))
    path = tmp_path / "t.csv"
    path.write_text("name,x,y\n" + block + "only one cell\n" + text.getvalue() + "a,b\n" + block)
    _, good, bad = parts(path, header=True)
    kept = [cells for _, cells in good]
    assert kept == [*_block(), *rows, *_block()]
    assert len(bad) == 2


def _block():
    return [[f"k{i}", "1", "2"] for i in range(40)]
