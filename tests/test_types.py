"""Tables: equal lengths, cuts, and digests that tell contents apart."""

import pickle

import numpy as np
import pytest

from pilothouse.types import Column, Data, Kind, Questions, Role, Table


def table(**columns):
    values = {
        n: np.asarray(v, dtype=object if isinstance(v[0], str | None) else float) for n, v in columns.items()
    }
    kinds = {n: Kind.CATEGORY if v.dtype == object else Kind.NUMBER for n, v in values.items()}
    return Table(tuple(Column(n, kinds[n]) for n in values), values)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="differ in length"):
        table(a=[1.0, 2.0], b=["x"])


def test_take_cuts_every_column_and_leaves_the_rest():
    cut = table(a=[1.0, 2.0, 3.0], b=["x", "y", "z"]).take(np.array([2, 0]))
    assert cut["a"].tolist() == [3.0, 1.0] and cut["b"].tolist() == ["z", "x"]


def test_put_replaces_or_adds_at_the_end():
    made = table(a=[1.0]).put(Column("b", Kind.NUMBER, Role.TARGET), np.array([2.0]))
    assert made.names == ("a", "b") and made.of_role(Role.TARGET)[0].name == "b"


@pytest.mark.parametrize("other", [{"a": [1.0, 3.0]}, {"b": [1.0, 2.0]}, {"a": ["1.0", "2.0"]}])
def test_digest_tells_values_names_and_kinds_apart(other):
    assert table(a=[1.0, 2.0]).digest() == table(a=[1.0, 2.0]).digest() != table(**other).digest()


def test_digest_tells_missing_from_empty():
    assert table(a=["x", None]).digest() != table(a=["x", ""]).digest()


def test_data_cuts_the_main_table_only():
    data = Data({"rows": table(a=[1.0, 2.0]), "items": table(i=["p", "q"])})
    cut = data.take(np.array([1]))
    assert cut.rows == 1 and cut.tables["items"].rows == 2


def sequences(*values, kind=np.int64):
    held = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        held[row] = np.array(value, dtype=kind)
    return Table((Column("history", Kind.SEQUENCE),), {"history": held})


def test_digest_of_sequences_tells_where_each_ends_and_what_it_holds():
    plain = sequences([1, 2], [3]).digest()
    assert plain == sequences([1, 2], [3]).digest()
    others = [([1], [2, 3]), ([1, 2, 3], []), ([2, 1], [3]), ([3], [1, 2]), ([1, 2], [4]), ([1, 2], [3], [])]
    digests = {sequences(*other).digest() for other in others}
    assert plain not in digests and len(digests) == len(others)


def test_digest_of_sequences_does_not_see_how_they_lie_in_memory():
    whole = np.arange(10)
    held = np.empty(2, dtype=object)
    held[0], held[1] = whole[::5], whole[8:9]
    assert (
        Table((Column("history", Kind.SEQUENCE),), {"history": held}).digest()
        == sequences([0, 5], [8]).digest()
    )


def test_taken_sequences_stay_whole():
    cut = sequences([1, 2], [], [3]).take(np.array([2, 0]))
    assert [v.tolist() for v in cut["history"]] == [[3], [1, 2]]


def asking():
    tables = {"rows": table(a=[1.0, 2.0, 3.0]), "items": table(i=["p", "q"]), "asked": table(u=["x", "y"])}
    return Data(tables, "rows", "asked")


def test_what_is_learnt_from_holds_no_questions():
    cut = asking().take(np.array([2]))
    assert set(cut.tables) == {"rows", "items"} and cut.asked is None
    assert cut.table["a"].tolist() == [3.0] and cut.tables["items"].rows == 2


def test_picked_questions_leave_every_other_table_whole():
    picked = asking().pick(np.array([1]))
    assert picked.tables["asked"]["u"].tolist() == ["y"] and picked.asked == "asked"
    assert picked.rows == 3 and picked.tables["items"].rows == 2
    assert asking().tables["asked"].rows == 2


def test_where_rows_are_asked_picking_takes_rows():
    data = Data({"rows": table(a=[1.0, 2.0]), "items": table(i=["p", "q"])})
    picked = data.pick(np.array([1]))
    assert picked.table["a"].tolist() == [2.0] and picked.tables["items"].rows == 2


def test_data_with_questions_can_be_sent_to_another_process():
    sent = pickle.loads(pickle.dumps(asking().pick(np.array([0]))))
    assert (sent.main, sent.asked, set(sent.tables)) == ("rows", "asked", {"rows", "items", "asked"})
    assert sent.tables["asked"]["u"].tolist() == ["x"]


def test_questions_whose_truth_is_words_are_a_ranking():
    words, unit = np.array(["3 17", "4"], dtype=object), np.arange(2)
    asked = Questions(table(u=["x", "y"]), words, unit, known={"items": 20})
    assert asked.kind == "ranking"
    assert asked.take(np.array([1])).truth.tolist() == ["4"]
    assert asked.take(np.array([1])).known == {"items": 20}
    kinds = {(): "number", ("a", "b"): "binary", ("a", "b", "c"): "classes"}
    for classes, kind in kinds.items():
        assert Questions(table(u=["x", "y"]), np.zeros(2), unit, classes).kind == kind
