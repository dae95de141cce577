"""A whole run with a language model behind the real door: it competes, wins or loses, and is verified."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pilothouse import pipeline
from pilothouse.guards.ailabel import read_text_origin
from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.scenarios.write import Write
from pilothouse.scenarios.write.release import MODEL_MADE
from pilothouse.steps.deploy.tables import write_table
from small_llm import SmallServer, serving


def product_of(place: Path, url: str, **options: Any) -> Product:
    product = create(place / "shop", ProductSettings(language="zh"))
    example = next(iter(Write.examples()))
    write_table(example.table, product.folder / "data" / "rows.parquet")
    product.declare("tables", "rows", TableSettings(source="data/rows.parquet"))
    given = {**example.options, "time_budget_s": 40_000.0, **options}
    product.declare("use_cases", "copy", UseCaseSettings(scenario="write", table="rows", options=given))
    told = f'\n[llm]\nbase_url = "{url}"\nmodel = "small"\nprice_in = 1\nprice_out = 1\n'
    told += 'allow_hosts = ["127.0.0.1"]\n'
    toml = product.folder / "product.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + told, encoding="utf-8")
    return Product(product.folder)


def said_well(request: dict[str, Any]) -> str:
    """A text of the row's own facts, said in a way that no template has."""
    asked = request["messages"][-1]["content"]
    name, facts = (part.strip() for part in re.findall(r"<data>\n(.*?)\n</data>", asked, re.S)[3:5])
    told = dict(line.partition(": ")[::2] for line in facts.splitlines())
    text = f"{told['颜色']}的{name}，{told['材质']}做的，{told['价格']}就能带走，云朵家居。"
    return json.dumps({"text": text}, ensure_ascii=False)


@pytest.fixture
def server() -> Any:
    with serving(said_well) as held:
        yield held


def test_a_model_that_keeps_to_the_row_competes_and_its_texts_are_labelled(
    server: SmallServer, tmp_path: Path
) -> None:
    product = product_of(tmp_path, server.url, must_have=["云朵家居"])
    *_, last = pipeline.run(product, "copy")
    record = last.record
    assert record.skipped == [] and {c.name for c in record.candidates} == {
        "template",
        "grammar",
        "llm_plain",
    }
    assert record.metrics["test"]["llm_plain"]["passes_facts"].value == 1.0
    asked = len(server.got)
    assert 130 <= asked <= 135  # each item once, however many folds
    assert pipeline.verify(last.folder.path) == [] and len(server.got) == asked
    lines = list(csv.DictReader((product.outputs("copy") / "texts.csv").read_text("utf-8-sig").splitlines()))
    for line in lines:
        assert (read_text_origin(line["aigc"]) is not None) == (line["made_by"] == MODEL_MADE)
        assert line["text"].endswith("（AI生成）") == (line["made_by"] == MODEL_MADE)
    if record.winner == "llm_plain":
        assert sum(line["made_by"] == MODEL_MADE for line in lines) > 100


def test_a_model_that_is_down_is_a_wrong_answer_and_rules_write_on(tmp_path: Path) -> None:
    with serving(said_well, "500") as server:
        product = product_of(tmp_path, server.url)
        *_, last = pipeline.run(product, "copy")
    assert last.record.winner == "grammar"
    assert last.record.metrics["test"]["llm_plain"]["good"].value == 0.0
    assert last.record.metrics["test"]["llm_plain"]["refused"].value == 1.0
