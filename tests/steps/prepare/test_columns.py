import numpy as np
import pytest

from pilothouse.steps.prepare.columns import check_columns, clear_infinite
from pilothouse.types import Kind, Role
from steps.prepare.tables import table

RNG = np.random.default_rng(0)
N = 200


def codes(made, target="y"):
    checks = check_columns(made, target)
    return checks.keep, {(f.column, f.code) for f in checks.findings}


def test_useless_columns_are_left_out_with_a_reason():
    made = table(
        good=RNG.normal(size=N),
        empty=[None] * N,
        nan=np.full(N, np.nan),
        same=["x"] * N,
        y=["a", "b"] * (N // 2),
    )
    keep, found = codes(made)
    assert keep == ("good",)
    assert found == {("empty", "all_missing"), ("nan", "all_missing"), ("same", "constant")}


@pytest.mark.parametrize(
    "values",
    [
        [f"7590-{i:05d}" for i in range(N)],
        np.arange(N) + 1.0,
        RNG.permutation(N) + 5000.0,
        RNG.choice(np.arange(100_000, 999_999), N, replace=False).astype(float),
    ],
    ids=["codes", "row numbers", "shuffled", "policy numbers"],
)
def test_ids_in_disguise_are_left_out(values):
    assert codes(table(x=values)) == ((), {("x", "id_like")})


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(size=N),
        np.round(RNG.lognormal(7, 1, N)),
        RNG.integers(18, 80, N).astype(float),
        [f"c{i}" for i in RNG.integers(0, 30, N)],
    ],
    ids=["measure", "money", "age", "city"],
)
def test_quantities_and_categories_are_no_ids(values):
    assert codes(table(x=values))[0] == ("x",)


def test_name_of_an_id_decides_only_with_its_values():
    spread = RNG.choice(np.arange(10, 90_000), N, replace=False).astype(float)
    assert codes(table(customer_no=spread))[0] == ()
    assert codes(table(children_no=RNG.integers(0, 4, N).astype(float)))[0] == ("children_no",)


def test_copies_go_and_the_number_stays():
    level = RNG.integers(1, 8, N).astype(float)
    price = RNG.normal(size=N)
    made = table(
        education=[f"level {int(v)}" for v in level],
        education_num=level,
        euro=price,
        cents=price * 100 + 3,
        other=RNG.normal(size=N),
        sold=-price,
    )
    keep, found = codes(made)
    assert keep == ("education_num", "euro", "other")
    assert found == {("education", "duplicate"), ("cents", "duplicate"), ("sold", "duplicate")}


def test_columns_without_repeats_are_no_copies_of_each_other():
    made = table(
        a=RNG.normal(size=N), b=RNG.normal(size=N), c=np.where(np.arange(N) == 3, np.inf, RNG.normal(size=N))
    )
    assert codes(made)[0] == ("a", "b", "c")


def test_texts_are_kept_even_when_each_is_its_own():
    made = table(kinds={"story": Kind.TEXT, "tale": Kind.TEXT},
                 story=[f"story {i}" for i in range(N)], tale=[f"tale {i}" for i in range(N)])  # fmt: skip
    assert codes(made)[0] == ("story", "tale")


def test_oddities_are_noted_and_kept():
    made = table(
        rare=np.where(np.arange(N) < 10, RNG.normal(size=N), np.nan),
        mixed=[("n/a", "1", "2", "3", "4")[i % 5] for i in range(N)],
        wild=np.where(np.arange(N) == 0, 1e308, RNG.normal(size=N)),
        many=[f"c{i % 60}" for i in range(N)],
    )
    keep, found = codes(made)
    assert keep == ("rare", "mixed", "wild", "many")
    assert found == {("rare", "mostly_missing"), ("mixed", "mixed_types"), ("wild", "infinite"),
                     ("many", "high_cardinality")}  # fmt: skip


def test_other_roles_and_the_target_are_passed_over():
    made = table(roles={"id": Role.ID, "g": Role.IGNORE}, id=["a"] * N, g=["a"] * N, y=["a"] * N)
    assert codes(made) == ((), set())


def test_infinite_numbers_become_missing_but_not_in_the_target():
    made = table(
        roles={"y": Role.TARGET}, x=np.array([1.0, np.inf, -1e200, 2.0]), y=np.array([1.0, 2.0, 1e200, 3.0])
    )
    cleared = clear_infinite(made)
    assert np.isnan(cleared["x"]).tolist() == [False, True, True, False]
    assert cleared.column("x").missing == 0.5
    assert cleared["y"] is made["y"]
