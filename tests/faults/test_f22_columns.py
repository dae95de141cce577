"""F22, column checks: odd tables get a verdict on each column or a refusal with a next step."""

import numpy as np
import pytest

from pilothouse.errors import PilothouseError
from pilothouse.guards.personal import Pseudonyms
from pilothouse.steps.prepare.columns import check_columns, clear_infinite
from pilothouse.steps.prepare.desensitise import desensitise
from pilothouse.steps.prepare.split import SplitRules, make_split
from pilothouse.steps.prepare.target import check_target
from pilothouse.types import Column, Kind, Role, Table

N = 60


def words(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


ODD = {
    "constant": words(["x"] * N),
    "constant number": np.zeros(N),
    "all missing": words([None] * N),
    "all NaN": np.full(N, np.nan),
    "one value": np.where(np.arange(N) == 0, 1.0, np.nan),
    "id-like": words([f"K{i}" for i in range(N)]),
    "row numbers": np.arange(N, dtype=np.float64),
    "infinite": np.where(np.arange(N) < 3, np.inf, np.arange(N)),
    "only infinite": np.full(N, -np.inf),
    "1e308": np.where(np.arange(N) % 2, 1e308, -1e308),
    "tiny": np.full(N, 5e-324) * np.arange(N),
    "huge whole": np.full(N, 2.0**80) * np.arange(N),
    "mixed": words([["1", "two", "3.0", "四"][i % 4] for i in range(N)]),
    "high cardinality": words([f"c{i % 55}" for i in range(N)]),
    "emoji": words(["😀", "👩‍👩‍👧", "🇨🇳"] * 20),
    "Chinese": words(["男", "女"] * 30),
    "surrogate": words(["\ud800", "a"] * 30),
    "empty words": words(["", " "] * 30),
    "NUL": words(["a\x00b", "a"] * 30),
    "long": words(["长" * 20_000, "x"] * 30),
    "no time": np.full(N, "NaT", dtype="datetime64[us]"),
    "far time": np.full(N, "9999-12-31", dtype="datetime64[us]"),
}
AGE = np.random.default_rng(0).integers(18, 60, N).astype(np.float64)
KINDS = {"O": Kind.CATEGORY, "f": Kind.NUMBER, "M": Kind.TIME}


def odd_table(name, rows=N):
    values = {
        name: ODD[name][:rows],
        "age": AGE[:rows],
        "y": words(["yes", "no"] * 30)[:rows],
    }
    return Table(tuple(Column(n, KINDS[v.dtype.kind]) for n, v in values.items()), values)


@pytest.mark.parametrize("name", ODD)
def test_f22_odd_column_passes_through_prepare(name):
    target = check_target(odd_table(name), "y")
    table = clear_infinite(target.table)
    checks = check_columns(table, "y")
    assert "age" in checks.keep
    assert all(f.message.text("zh") and f.message.text("en") for f in checks.findings)
    safe = desensitise(table, Pseudonyms(b"0" * 16)).table
    split = make_split(safe, target.truth, SplitRules("binary"))
    assert split.kind == "nested" and len(split.test) == N
    for column in safe.of_role(Role.FEATURE):
        if column.kind is Kind.NUMBER:
            assert not np.isinf(safe[column.name]).any()


@pytest.mark.parametrize("name", ODD)
def test_f22_odd_target_is_ready_or_refused_with_a_next_step(name):
    table = odd_table(name)
    try:
        target = check_target(table, name)
    except PilothouseError as fault:
        assert fault.exit_code == 1 and fault.fix is not None
        assert fault.text("zh") and fault.text("en")
    else:
        split = make_split(target.table, target.truth, SplitRules(target.kind))
        assert len(split.test)


@pytest.mark.parametrize("rows", [0, 1, 2, 19])
def test_f22_few_rows_are_refused_and_column_checks_survive(rows):
    table = odd_table("Chinese", rows)
    check_columns(table, "y")
    with pytest.raises(PilothouseError) as raised:
        check_target(table, "y")
    assert raised.value.exit_code == 1 and raised.value.fix is not None


def test_f22_duplicate_rows_stay_on_one_side():
    rng = np.random.default_rng(0)
    x, z = np.tile(rng.normal(size=40), 3), np.tile(rng.normal(size=40), 3)
    table = Table((Column("x", Kind.NUMBER), Column("z", Kind.NUMBER)), {"x": x, "z": z})
    split = make_split(table, np.tile([0, 1], 60), SplitRules("binary"))
    assert "prepare.duplicates" in [n.key for n in split.notes]
    for learn, ask in split.outer:
        assert not set(x[learn]) & set(x[ask])
