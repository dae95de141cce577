"""A run with a language model in the contest, against a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pilothouse import pipeline
from pilothouse.product import ProductSettings, TableSettings, UseCaseSettings, create, open_product
from pilothouse.scenarios.classify import Classify
from pilothouse.steps.deploy.tables import write_table
from pilothouse.types import Candidate, Data
from small_llm import serving
from small_texts import TICKETS

WORDS = {"refund": ("money", "refund", "payment"), "praise": ("great", "happy", "love", "nice")}


def label_of(request: dict[str, Any]) -> str:
    """Label the asked text by its words, as a good model would."""
    asked = request["messages"][-1]["content"].lower()
    text = asked.rpartition("text:")[2]
    told = next((label for label, words in WORDS.items() if any(w in text for w in words)), "delivery")
    return json.dumps({"label": told})


def test_a_language_model_stands_in_the_contest_with_its_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Classify.candidates

    def few(self: Classify, data: Data) -> Sequence[Candidate]:
        return [c for c in whole(self, data) if c.name in ("commonest", "keywords", "weighed") or c.needs_llm]

    monkeypatch.setattr(Classify, "candidates", few)
    product = create(tmp_path / "shop", ProductSettings(language="en"))
    texts = TICKETS["text"].copy()
    texts[0] = f"{texts[0]}, call 13812345678"
    table = TICKETS.put(TICKETS.column("text"), texts)
    roles = write_table(table, product.folder / "data" / "rows.parquet")
    product.declare("tables", "rows", TableSettings(source="data/rows.parquet", columns=roles))
    options = {"time_budget_s": 5_000.0, "to_label": 0}
    product.declare("use_cases", "topic", UseCaseSettings(scenario="classify", table="rows", options=options))
    with serving(label_of) as server:
        path = product.folder / "product.toml"
        told = f'\n[llm]\nbase_url = "{server.url}"\nmodel = "small"\nallow_hosts = ["127.0.0.1"]\n'
        told += "price_in = 1\nprice_out = 1\n"
        path.write_text(path.read_text(encoding="utf-8") + told, encoding="utf-8")
        *_, last = pipeline.run(open_product(product.folder), "topic")
        got = b"".join(server.got)
    assert isinstance(last, pipeline.Finished)
    names = {c.name for c in last.record.candidates}
    assert {"llm_labels", "llm_examples"} <= names
    asked = last.record.metrics["out_of_fold"]["llm_labels"]["accuracy"]
    assert asked.value > 0.95
    assert b"13812345678" not in got and b"[MOBILE" in got
