"""``write``: what it asks, who competes, what counts, and when the template is enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse import pipeline
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import LANGUAGES
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.scenarios.write import Write
from pilothouse.steps.deploy.tables import write_table
from pilothouse.types import Column, Context, Kind, Table

KEY = Pseudonyms(b"a key for the tests")


def scenario_of(**options: Any) -> Any:
    return make_scenario(UseCaseSettings(scenario="write", table="rows", options=options))


def items(rows: int = 130) -> Table:
    random = np.random.default_rng(1)
    words = {
        "name": [f"{w} {n}" for n, w in enumerate(random.choice(["Lamp", "Towel", "Mug"], rows), 100)],
        "colour": random.choice(["cream", "navy", "dark green", "sand"], rows),
        "material": random.choice(["linen", "bamboo", "steel", "wool"], rows),
        "good for": random.choice(["travel", "late reading", "small rooms", "picnics", "guests"], rows),
    }
    columns = [Column(n, Kind.CATEGORY, distinct=len(set(v))) for n, v in words.items()]
    columns.append(Column("price_usd", Kind.NUMBER))
    values: dict[str, Any] = {n: np.array(v, dtype=object) for n, v in words.items()}
    return Table(tuple(columns), {**values, "price_usd": random.integers(5, 900, rows).astype(float)})


def ready(scenario: Any, table: Table | None = None) -> Any:
    return scenario.prepare({"rows": items() if table is None else table}, KEY, True)


def test_questions_are_items_and_the_truth_is_how_much_there_is_to_tell() -> None:
    scenario = scenario_of()
    asked = scenario.questions(ready(scenario).data)
    assert asked.requests.names == ("name", "colour", "material", "good for", "price_usd")
    assert set(asked.truth.tolist()) == {4.0} and scenario.outcomes(asked) == 130
    assert scenario.slices(asked, asked.requests.names) == ("colour", "material", "good for")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["template", "grammar", "llm_plain"]),
        ({"template": "{name}!"}, ["template", "own", "grammar", "llm_plain"]),
        (
            {"voice": "warm", "existing": "colour"},
            ["template", "grammar", "llm_plain", "llm_voice", "llm_examples"],
        ),
    ],
)
def test_who_competes_depends_on_what_is_there(options: dict[str, Any], names: list[str]) -> None:
    scenario = scenario_of(**options)
    found = scenario.candidates(ready(scenario).data)
    assert [c.name for c in found] == names
    assert all(c.needs_llm == c.name.startswith("llm") for c in found)
    assert [c.name for c in found if c.is_stand_in] == [n for n in names if n in ("template", "own")]


def test_the_language_is_the_tables_own_unless_set() -> None:
    zh, en = (example.table for example in Write.examples())
    assert scenario_of().rules(zh).language == "zh" and scenario_of().rules(en).language == "en"
    assert scenario_of(language="en").rules(zh).language == "en"


def test_a_model_that_breaks_a_rule_loses_to_the_template() -> None:
    scenario = scenario_of()
    prepared = ready(scenario)
    asked = scenario.questions(prepared.data)
    template, grammar = (c.build({}) for c in scenario.candidates(prepared.data)[:2])
    good = scenario.measure(asked, template.predict(asked.requests, Context()))
    strict = scenario_of(forbidden="lamp")
    bad = grammar.__class__(strict.rules(prepared.data.table)).predict(asked.requests, Context())
    assert good.primary == "good" and good.values["good"] > 0.9
    assert scenario.measure(asked, bad).values["good"] < good.values["good"]
    assert scenario.figure(asked, bad).mean() == pytest.approx(scenario.measure(asked, bad).values["good"])


def run(place: Any, table: Table, **options: Any) -> Any:
    product = create(place / "shop", ProductSettings(language="en"))
    write_table(table, product.folder / "data" / "rows.parquet")
    product.declare("tables", "rows", TableSettings(source="data/rows.parquet"))
    use = UseCaseSettings(scenario="write", table="rows", options={"time_budget_s": 5.0, **options})
    product.declare("use_cases", "copy", use)
    *_, last = pipeline.run(product, "copy")
    return product, last


def test_without_a_gain_the_template_is_enough(tmp_path: Any) -> None:
    _, last = run(tmp_path, items())
    record = last.record
    assert record.verdict.code == "no_go" and record.winner == "grammar"
    assert record.test.gain <= 0.02 and [s.candidate for s in record.skipped] == ["llm_plain"]
    assert pipeline.verify(last.folder.path) == []


def test_with_a_brand_rule_there_is_a_gain_and_never_more_than_a_pilot(tmp_path: Any) -> None:
    product, last = run(tmp_path, items(), must_have=["Northwind"])
    assert last.record.verdict.code == "pilot" and last.record.test.gain > 0.9
    lines = (product.outputs("copy") / "texts.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "row,variant,text,checks,made_by,aigc" and len(lines) > 2 * 130
    assert not Write.value_type.model_fields


def test_every_kind_is_asked_for_in_both_languages() -> None:
    for kind in ("description", "campaign", "in_app", "release_notes", "prd"):
        message = scenario_of(kind=kind).asks(None)
        assert all(message.text(language) for language in LANGUAGES)
