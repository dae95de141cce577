"""A use case with a table of events: contest, batch, release and service."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse import pipeline
from pilothouse.errors import MissingColumn
from pilothouse.pipeline import Finished
from pilothouse.pipeline.begin import pseudonyms
from pilothouse.product import Product
from small_events import town, write_table, write_town
from small_shop import serving


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Product, Finished]:
    product = write_town(tmp_path_factory.mktemp("town") / "shop", budget_s=6.0)
    *_, last = pipeline.run(product, "leaving")
    assert isinstance(last, Finished)
    return product, last


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_figures_over_windows_compete_and_the_reader_is_told(finished: tuple[Product, Finished]) -> None:
    record = finished[1].record
    assert record.winner in {"linear", "boosting", "network", "blend", "behaviour"}
    assert record.test.score > 0.85  # days since the last purchase and the last question tell the order
    entered = {*record.metrics["out_of_fold"], *(s.candidate for s in record.skipped)}
    assert "behaviour" in entered
    assert any(n.key == "behaviour.asked_at_end" for n in record.notes)


def test_no_raw_id_stands_in_the_run_folder(finished: tuple[Product, Finished]) -> None:
    for path in finished[1].folder.path.rglob("*"):
        if path.is_file():
            assert b"K0017" not in path.read_bytes(), path.name


def test_batch_reads_both_files_and_equals_the_service(
    finished: tuple[Product, Finished], tmp_path: Path
) -> None:
    product, _ = finished
    told, happened = town(30, seed=9)
    write_table(tmp_path / "rows.csv", told.drop(["left"]))
    write_table(tmp_path / "events.csv", happened)
    files = {"rows": tmp_path / "rows.csv", "events": tmp_path / "events.csv"}
    pipeline.predict(product, "leaving", files, tmp_path / "out.csv")
    batch = read(tmp_path / "out.csv")
    assert [line["customer"] for line in batch] == told["customer"].tolist()
    truth = told["left"].tolist()
    assert np.mean([line["prediction"] == t for line, t in zip(batch, truth, strict=True)]) > 0.6

    pipeline.ship(product, "leaving")
    end = str(happened["at"].max() + np.timedelta64(1, "us"))
    asked = [request(told, happened, row, end) for row in range(told.rows)]
    load = partial(pipeline.servable_in, pseudonyms=pseudonyms(product))
    with serving(product.folder, load) as served, served.client() as client:

        def ask(rows: Any, **more: Any) -> Any:
            return client.post("/v1/use-cases/leaving/predict", json={"rows": rows, **more})

        reply, one = ask(asked).json(), ask(asked[4], reasons=True).json()
        empty = ask({**asked[0], "events": []})
        same = ask({**asked[4], "events": [*asked[4]["events"], {**asked[4]["events"][0], "at": end}]}).json()
        wrong = ask({"customer": "x", "age": 1.0, "asked_at": None})
        shown = client.get("/v1/use-cases/leaving").json()
    over_http = [a["probability_yes"] for a in reply["answers"]]
    np.testing.assert_allclose(over_http, [float(b["probability_yes"]) for b in batch], atol=1e-6)
    assert one["answers"][0]["reasons"] and empty.status_code == 200
    assert abs(same["answers"][0]["probability_yes"] - over_http[4]) < 1e-6  # not before the moment
    assert 400 <= wrong.status_code < 500 and "events" in wrong.text
    assert "amount" in str(shown["request"])


def request(told: Any, happened: Any, row: int, end: str) -> dict[str, Any]:
    own = np.flatnonzero(happened["who"] == told["customer"][row])
    listed = [
        {
            "at": str(happened["at"][i]),
            "action": happened["action"][i],
            "sku": happened["sku"][i],
            "amount": float(happened["amount"][i]),
        }
        for i in own
    ]
    return {
        "customer": told["customer"][row],
        "age": float(told["age"][row]),
        "asked_at": end,
        "events": listed,
    }


def test_without_a_file_the_products_own_events_are_read(
    finished: tuple[Product, Finished], tmp_path: Path
) -> None:
    product, _ = finished
    told, _ = town(240)
    write_table(tmp_path / "rows.csv", told.take(slice(0, 20)).drop(["left"]))
    assert pipeline.predict(product, "leaving", tmp_path / "rows.csv", tmp_path / "out.csv") == 20
    write_table(tmp_path / "nobody.csv", told.take(slice(0, 20)).drop(["left", "customer"]))
    with pytest.raises(MissingColumn):
        pipeline.predict(product, "leaving", tmp_path / "nobody.csv", tmp_path / "out.csv")


def test_events_that_lack_a_column_are_refused(finished: tuple[Product, Finished], tmp_path: Path) -> None:
    product, _ = finished
    told, happened = town(30, seed=9)
    write_table(tmp_path / "rows.csv", told.drop(["left"]))
    write_table(tmp_path / "events.csv", happened.drop(["sku"]))
    files = {"rows": tmp_path / "rows.csv", "events": tmp_path / "events.csv"}
    with pytest.raises(MissingColumn):
        pipeline.predict(product, "leaving", files, tmp_path / "out.csv")
