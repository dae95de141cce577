import numpy as np
import pytest

from pilothouse.errors import BadTable, TooLarge
from pilothouse.guards.sql import locked
from pilothouse.messages import say
from pilothouse.steps.collect.limits import Limits
from pilothouse.steps.collect.source import Reject, Rows
from pilothouse.steps.collect.stage import MOST_REJECTS, stage_parquet, stage_rows


def staged(count, **more):
    records = ((i + 2, [f"id{i}", f" {i}\u3000"]) for i in range(count))
    return stage_rows(Rows(["a", "b"], records), ["a", "b"], Limits(**more), None)


def test_rows_come_back_in_order_trimmed_with_lines():
    stage = staged(1000)
    a, b, lines = stage.fetch([0, 1], 10, 13)
    assert list(a) == ["id10", "id11", "id12"]
    assert list(b) == ["10", "11", "12"]
    assert lines.tolist() == [12, 13, 14]
    stage.close()


def test_sample_depends_on_the_seed_alone():
    drawn = []
    for seed in (1, 1, 2):
        stage = staged(5000)
        stage.draw(100, seed)
        a, lines = stage.fetch([0], 0, 100, sampled=True)
        drawn.append(list(a))
        assert np.all(np.diff(lines) > 0)
        assert [f"id{line - 2}" for line in lines] == list(a)
        stage.close()
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) == 100


def test_codes_anywhere_are_found():
    records = iter([(1, ["5", "7"]), (2, ["6", "007"])])
    stage = stage_rows(Rows(["a", "b"], records), ["a", "b"], Limits(), None)
    assert not stage.has_codes(0)
    assert stage.has_codes(1)
    assert stage.text_bytes(False) == 6
    stage.close()


def test_rejects_are_counted_and_the_first_kept():
    bad = (Reject(i, say("collect.nul"), "x") for i in range(MOST_REJECTS + 5))
    stage = stage_rows(Rows(["a"], iter([*bad, (1, ["x"])])), ["a"], Limits(), None)
    assert stage.rows_rejected == MOST_REJECTS + 5
    assert len(stage.rejects) == MOST_REJECTS
    stage.close()


def test_no_row_left_is_said():
    for records in ([], [Reject(1, say("collect.nul"), "x")]):
        with pytest.raises(BadTable):
            stage_rows(Rows(["a"], iter(records)), ["a"], Limits(), None)


def test_more_text_than_allowed_is_refused_while_it_comes():
    seen = []

    def endless():
        for i in range(10**9):
            seen.append(i)
            yield i, ["x" * 1000]

    with pytest.raises(TooLarge):
        stage_rows(Rows(["a"], endless()), ["a"], Limits(expanded_bytes=1 << 20), None)
    assert len(seen) < 5000


def test_very_long_rows_are_loaded():
    long = '\u5f20"' * 600_000
    stage = stage_rows(Rows(["a"], iter([(1, ["x"]), (2, [long]), (3, ["y"])])), ["a"], Limits(), None)
    assert list(stage.fetch([0], 0, 3)[0]) == ["x", long, "y"]
    stage.close()


def test_parquet_hands_out_each_type(tmp_path):
    path = tmp_path / "it's.parquet"
    held = locked([path])
    held.execute(
        "COPY (SELECT 1::INTEGER AS i, 9007199254740993 AS big, 7::BIGINT AS small, "
        "1.50::DECIMAL(9,2) AS d, true AS b, DATE '2025-03-04' AS day, "
        "'2025-03-04 08:00:00'::TIMESTAMP AS t, ' x ' AS s, [1, 2] AS l, NULL::DOUBLE AS n) "
        "TO '" + str(path).replace("'", "''") + "'"
    )
    held.close()
    stage = stage_parquet(path, "hash", Limits())
    assert stage.forms == [
        "number",
        "text",
        "number",
        "number",
        "text",
        "time",
        "time",
        "text",
        "text",
        "number",
    ]
    values = [v.tolist()[0] for v in stage.fetch(list(range(10)), 0, 1)]
    assert values[:5] == [1.0, "9007199254740993", 7.0, 1.5, "true"]
    assert [str(v)[:10] for v in values[5:7]] == ["2025-03-04"] * 2
    assert values[7:9] == ["x", "[1, 2]"]
    assert np.isnan(values[9])
    stage.close()
