import numpy as np
import pytest

from pilothouse.errors import BadOption, MissingColumn
from pilothouse.steps.prepare.ties import coincidence, tie
from pilothouse.types import Role
from steps.prepare.tables import table

RNG = np.random.default_rng(1)


def keys(ties):
    return [n.key for n in ties.notes]


def test_copied_rows_belong_together_and_are_reported():
    x, z = RNG.normal(size=300), RNG.normal(size=300).round(1)
    made = table(a=np.concatenate([x, x[:60]]), b=np.concatenate([z, z[:60]]))
    ties = tie(made, None)
    assert (ties.block[:60] == ties.block[300:]).all()
    assert len(set(ties.block.tolist())) == 300
    assert keys(ties) == ["prepare.duplicates"]
    assert ties.notes[0].values["rows"] == 60


def test_coincidences_are_kept_together_but_not_reported():
    made = table(a=RNG.integers(0, 40, 2000).astype(float), b=[f"c{i}" for i in RNG.integers(0, 40, 2000)])
    ties = tie(made, None)
    assert len(set(ties.block.tolist())) < 1500
    assert keys(ties) == []


def test_chance_holds_where_columns_depend_on_each_other():
    tenure = RNG.integers(1, 30, 3000).astype(float)
    plan = RNG.integers(0, 20, 3000).astype(float)
    flag = RNG.integers(0, 2, 3000).astype(float)
    made = table(tenure=tenure, plan=plan, flag=flag, total=tenure * (20 + plan))
    assert coincidence(made, ("tenure", "plan", "flag", "total")) > 0.5
    assert keys(tie(made, None)) == []


def test_coarse_tables_are_spread_but_copies_of_few_rows_are_not():
    coarse = table(a=RNG.integers(0, 3, 500).astype(float), b=RNG.integers(0, 4, 500).astype(float))
    spread = tie(coarse, None)
    assert len(set(spread.block.tolist())) == 500
    assert keys(spread) == ["prepare.split_coarse"]
    copies = table(a=np.tile(RNG.normal(size=50), 10), b=np.tile(RNG.normal(size=50), 10))
    together = tie(copies, None)
    assert len(set(together.block.tolist())) == 50
    assert keys(together) == ["prepare.duplicates"]


def test_one_situation_of_many_rows_is_spread():
    x = np.where(np.arange(1000) < 300, 0.0, RNG.normal(size=1000))
    ties = tie(table(x=x, z=np.zeros(1000)), None)
    assert len(set(ties.block[:300].tolist())) == 300
    assert "prepare.split_spread" in keys(ties)


def test_entities_and_twins_are_connected():
    made = table(roles={"who": Role.GROUP}, who=["a", "a", "b", "b", "c", "d"] * 1,
                 x=np.array([1.0, 2.0, 2.0, 3.0, 9.0, 8.0]))  # fmt: skip
    wide = table(roles={"who": Role.GROUP}, who=[*made["who"], *map(str, range(94))],
                 x=np.concatenate([made["x"], RNG.normal(size=94)]))  # fmt: skip
    ties = tie(wide, "who")
    assert len(set(ties.block[:4].tolist())) == 1
    assert len(set(ties.block[3:7].tolist())) == 4
    assert ties.unit[:6].tolist() == [0, 0, 1, 1, 2, 3]
    assert ties.unit_name == "who"


def test_entity_that_never_repeats_leaves_rows_as_units():
    ties = tie(table(roles={"who": Role.ID}, who=list("abcd"), x=np.arange(4.0)), "who")
    assert ties.unit_name == "row"
    assert ties.unit.tolist() == [0, 1, 2, 3]


def test_rows_without_an_entity_are_their_own():
    ties = tie(table(roles={"who": Role.GROUP}, who=["a", None, "a", None], x=np.arange(4.0)), "who")
    assert ties.unit.tolist() == [0, 1, 0, 2]


def test_group_that_cannot_be_split_is_refused():
    made = table(roles={"who": Role.GROUP}, who=["a"] * 30, x=np.arange(30.0))
    with pytest.raises(BadOption, match="same in every row"):
        tie(made, "who")
    with pytest.raises(MissingColumn):
        tie(made, "whom")
