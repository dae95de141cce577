from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from conftest import Done
from leavers import HEADER, write_shop
from pilothouse import pipeline
from pilothouse.errors import BadTable, MissingColumn, NotFound
from small_shop import serving


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows that no run has seen."""
    return write_shop(tmp_path_factory.mktemp("fresh") / "rows.csv", rows=60, seed=99)


def test_csv_answers_have_the_promised_columns_and_ids(finished: Done, fresh: Path, tmp_path: Path) -> None:
    assert pipeline.predict(finished.product, "churn", fresh, tmp_path / "out.csv") == 60
    rows = read(tmp_path / "out.csv")
    assert list(rows[0]) == ["customer", "prediction", "probability_no", "probability_yes"]
    assert [r["customer"] for r in rows] == [f"{i:06d}" for i in range(60)]
    assert all(abs(float(r["probability_no"]) + float(r["probability_yes"]) - 1) < 1e-9 for r in rows)


def test_parquet_equals_csv(finished: Done, fresh: Path, tmp_path: Path) -> None:
    import duckdb

    pipeline.predict(finished.product, "churn", fresh, tmp_path / "out.csv")
    pipeline.predict(finished.product, "churn", fresh, tmp_path / "out.parquet")
    with duckdb.connect() as connection:
        kept = connection.read_parquet(str(tmp_path / "out.parquet")).fetchnumpy()
    shown = [float(r["probability_yes"]) for r in read(tmp_path / "out.csv")]
    np.testing.assert_allclose(np.asarray(kept["probability_yes"], float), shown, rtol=0, atol=1e-12)
    assert kept["customer"].tolist() == [f"{i:06d}" for i in range(60)]


def test_batch_equals_the_service_on_rows_kept_aside(copied: Done, tmp_path: Path) -> None:
    product = copied.product
    aside = np.flatnonzero(copied.folder.get_predictions()["kept_aside"])[:200]
    source = read(product.folder / "data" / "shop.csv")
    rows = [source[i] for i in aside]
    with (tmp_path / "aside.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER[:-1], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    pipeline.ship(product, "churn")
    pipeline.predict(product, "churn", tmp_path / "aside.csv", tmp_path / "out.csv", release=1)
    batch = read(tmp_path / "out.csv")
    asked = [
        {"customer": r["customer"], "months": float(r["months"]), "plan": r["plan"]}
        | {"visits": float(r["visits"]), "city": r["city"]}
        for r in rows
    ]
    with serving(product.folder, pipeline.servable_in) as service, service.client() as client:
        reply = client.post("/v1/use-cases/churn/predict", json={"rows": asked})
        assert reply.status_code == 200, reply.text
        served = reply.json()["answers"]
    assert len(served) == len(batch) == len(rows)
    for mine, theirs in zip(batch, served, strict=True):
        assert mine["customer"] == theirs["customer"]
        assert mine["prediction"] == theirs["prediction"]
        assert abs(float(mine["probability_yes"]) - theirs["probability_yes"]) <= 1e-9


def test_what_is_shipped_has_also_learnt_from_the_rows_kept_aside(finished: Done, tmp_path: Path) -> None:
    source = finished.product.folder / "data" / "shop.csv"
    pipeline.predict(finished.product, "churn", source, tmp_path / "out.csv")
    kept = finished.folder.get_predictions()
    aside = np.flatnonzero(kept["kept_aside"])
    said = np.array([float(r["probability_yes"]) for r in read(tmp_path / "out.csv")])[aside]
    measured, truth = kept["test:winner:probability:1"][aside], kept["truth"][aside]
    assert np.corrcoef(said, measured)[0, 1] > 0.9

    def loss(chance: np.ndarray) -> float:
        return float(-np.log(np.where(truth == 1, chance, 1 - chance)).mean())

    assert loss(said) < loss(measured)


def test_missing_column_is_named_with_the_nearest(finished: Done, fresh: Path, tmp_path: Path) -> None:
    text = fresh.read_text(encoding="utf-8").replace("months", "monthss")
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    with pytest.raises(MissingColumn, match=r"months.*monthss"):
        pipeline.predict(finished.product, "churn", tmp_path / "in.csv", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_unknown_release_is_refused(copied: Done, fresh: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        pipeline.predict(copied.product, "churn", fresh, tmp_path / "out.csv", release=7)


def test_words_where_numbers_were_learnt_are_refused(finished: Done, fresh: Path, tmp_path: Path) -> None:
    lines = fresh.read_text(encoding="utf-8").splitlines()
    turned = [
        lines[0],
        *(",".join([*line.split(",")[:1], "many", *line.split(",")[2:]]) for line in lines[1:]),
    ]
    (tmp_path / "in.csv").write_text("\n".join(turned), encoding="utf-8")
    with pytest.raises(BadTable):
        pipeline.predict(finished.product, "churn", tmp_path / "in.csv", tmp_path / "out.csv")
