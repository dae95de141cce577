from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.errors import Workspace
from pilothouse.steps.train.fitting import Done
from pilothouse.steps.train.keep import Keep, digest, fingerprint
from pilothouse.types import Column, Fit, Kind, Role
from steps.train.tiny import Tiny, make_data, make_fits

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@dataclass(frozen=True)
class Left:
    x: Any


@dataclass(frozen=True)
class Right:
    x: Any


def test_key_changes_with_everything_an_answer_depends_on(tmp_path: Path) -> None:
    keep = Keep(tmp_path, make_data())
    fit = make_fits(Tiny())[0]
    others = [
        replace(fit, candidate=Tiny(seconds=11)),
        replace(fit, parameters={"ridge": 1.0}),
        replace(fit, learn=fit.learn[1:]),
        replace(fit, learn=fit.learn[::-1].copy()),
        replace(fit, ask=fit.ask[1:]),
        replace(fit, columns=("a",)),
        replace(fit, seed=8),
    ]
    keys = [keep.key(f) for f in (fit, *others)]
    assert len(set(keys)) == len(keys)
    assert Keep(tmp_path / "x", make_data(seed=1)).key(fit) != keys[0]
    assert Keep(tmp_path / "y", make_data()).key(replace(fit, candidate=Tiny())) == keys[0]


def test_key_ignores_the_order_in_which_columns_are_named(tmp_path: Path) -> None:
    keep = Keep(tmp_path, make_data())
    fit = make_fits(Tiny())[0]
    assert keep.key(replace(fit, columns=("a", "b"))) == keep.key(replace(fit, columns=("b", "a")))


def test_digest_changes_with_a_role() -> None:
    data = make_data()
    other = data.with_table(data.table.describe([Column("a", Kind.NUMBER, Role.IGNORE)]))
    assert digest(data) != digest(other)


@given(plain, plain)
def test_fingerprint_equal_exactly_when_content_is_equal(left: Any, right: Any) -> None:
    assert (fingerprint(left) == fingerprint(right)) == (repr_of(left) == repr_of(right))


def repr_of(value: Any) -> str:
    if isinstance(value, dict):
        return repr(sorted((k, repr_of(v)) for k, v in value.items())) + "d"
    return repr([repr_of(v) for v in value]) if isinstance(value, list) else repr(value)


def test_fingerprint_tells_types_and_arrays_apart() -> None:
    values = [
        Left(1),
        Right(1),
        Left("1"),
        Left(True),
        Left(np.arange(3)),
        Left(np.arange(3.0)),
        Left((0, 1, 2)),
    ]
    assert len({fingerprint(v) for v in values}) == len(values)
    assert fingerprint(np.float64(0.1)) == fingerprint(0.1)
    assert fingerprint(np.array(["a", None], dtype=object)) != fingerprint(
        np.array(["a", "None"], dtype=object)
    )


def test_fingerprint_refuses_what_has_no_stable_content() -> None:
    with pytest.raises(TypeError, match="lambda"):
        fingerprint({"f": lambda: 0})


def test_store_gives_back_the_same_bits(tmp_path: Path) -> None:
    keep = Keep(tmp_path, make_data())
    values = {
        "probability": np.random.default_rng(0).random((4, 2)),
        "low": np.array([np.nan, 1, -np.inf, 0]),
    }
    keep.store("k", Done(values, 1.5))
    kept = keep.load("k", 4)
    assert kept is not None
    assert kept.seconds == 1.5
    assert all(np.array_equal(kept.values[n], v, equal_nan=True) for n, v in values.items())


def test_load_other_length_counts_as_absent(tmp_path: Path) -> None:
    keep = Keep(tmp_path, make_data())
    keep.store("k", Done({"probability": np.ones((4, 2))}))
    assert keep.load("k", 5) is None
    assert keep.load("other", 4) is None


def test_load_every_truncation_and_flip_is_absent_or_right(tmp_path: Path) -> None:
    keep = Keep(tmp_path, make_data())
    truth = np.random.default_rng(0).random((20, 2))
    keep.store("k", Done({"probability": truth}))
    path = tmp_path / "k.npz"
    whole = path.read_bytes()
    damaged = [whole[:size] for size in range(0, len(whole), 7)]
    damaged += [whole[:i] + bytes([whole[i] ^ 0x40]) + whole[i + 1 :] for i in range(0, len(whole), 3)]
    absent = 0
    for content in damaged:
        path.write_bytes(content)
        kept = keep.load("k", 20)
        absent += kept is None
        assert kept is None or all(np.array_equal(v, truth) for v in kept.values.values())
    assert absent > len(damaged) / 2


def test_store_refuses_objects(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="objects"):
        Keep(tmp_path, make_data()).store("k", Done({"x": np.array(["a"], dtype=object)}))
    assert list(tmp_path.iterdir()) == []


def test_store_that_cannot_write_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    keep = Keep(tmp_path, make_data())
    tmp_path.joinpath("k.npz").mkdir()  # the rename must fail, as root too
    with pytest.raises(Workspace, match="cannot be written"):
        keep.store("k", Done({"x": np.ones(3)}))
    assert [p.name for p in tmp_path.iterdir()] == ["k.npz"]


def test_opening_clears_what_a_killed_run_left_half_written(tmp_path: Path) -> None:
    (tmp_path / "k.123.part").write_bytes(b"half")
    Keep(tmp_path, make_data())
    assert list(tmp_path.iterdir()) == []


def test_opening_where_a_file_stands_is_told(tmp_path: Path) -> None:
    (tmp_path / "keep").write_text("")
    with pytest.raises(Workspace):
        Keep(tmp_path / "keep", make_data())


def test_key_needs_no_clock_or_process(tmp_path: Path) -> None:
    fit = Fit(Tiny(), np.arange(3), np.arange(3, 5))
    assert Keep(tmp_path, make_data(5)).key(fit) == Keep(tmp_path, make_data(5)).key(replace(fit))
