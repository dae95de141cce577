"""One item in, its texts and what the checks say out, over the service."""

from __future__ import annotations

from pathlib import Path

from pilothouse import pipeline
from pilothouse.pipeline.releases import servable_in
from pilothouse.product import ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.scenarios.write import Write
from pilothouse.steps.deploy.tables import write_table
from pilothouse.store.keys import KeyRole
from small_shop import serving

ROW = {"sku": "Z9", "name": "Lamp No. 9", "category": "lamp", "material": "bamboo", "colour": "navy"}
ITEM = {**ROW, "good for": "the best sleep", "price_usd": 42.0}
URL = "/v1/use-cases/copy/predict"


def test_one_item_in_its_texts_and_checks_out(tmp_path: Path) -> None:
    product = create(tmp_path / "shop", ProductSettings(language="en"))
    example = list(Write.examples())[1]
    write_table(example.table, product.folder / "data" / "rows.parquet")
    product.declare("tables", "rows", TableSettings(source="data/rows.parquet"))
    use = UseCaseSettings(scenario="write", table="rows", options=dict(example.options))
    product.declare("use_cases", "copy", use)
    list(pipeline.run(product, "copy"))
    pipeline.ship(product, "copy")
    with serving(product.folder, servable_in) as served, served.client(KeyRole.PREDICT) as client:
        reply = client.post(URL, json={"rows": ITEM, "reasons": True})
        assert reply.status_code == 200, reply.text
        (answer,) = reply.json()["answers"]
        assert answer["id"] == "Z9" and answer["text"]["passed"] and "Northwind" in answer["text"]["text"]
        assert "best" not in answer["text"]["text"] and "42 USD" in answer["text"]["text"]
        assert len(answer["others"]) == 2 and "checks passed" in answer["reasons"][0]
        hostile = {**ITEM, "name": "Lamp <script>alert(1)</script> http://evil.example"}
        (answer,) = client.post(URL, json={"rows": hostile}).json()["answers"]
        assert not answer["text"]["passed"] and {c["check"] for c in answer["text"]["checks"]} >= {"safe"}
        assert client.post(URL, json={"rows": {**ITEM, "extra": 1}}).status_code == 422
