"""Pictures from a folder to a report, a file of answers and a service, by the paths users take."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")
image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

from pilothouse import pipeline  # noqa: E402
from pilothouse.guards.pictures import as_png  # noqa: E402
from pilothouse.pipeline.begin import pseudonyms  # noqa: E402
from pilothouse.product import Product  # noqa: E402
from pilothouse.store.keys import KeyRole  # noqa: E402
from small_pictures import SHAPES, make_product  # noqa: E402
from small_shop import Served, serving  # noqa: E402

URL = "/v1/use-cases/shapes/predict"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    made = make_product(tmp_path_factory.mktemp("shapes"))
    home = made.folder / "data" / "pictures"
    (home / "bar" / "notes.png").write_text("text")
    exif = image.Exif()
    exif[0x010E] = "CANARY at home"
    image.fromarray(np.full((12, 12, 3), 99, dtype=np.uint8)).save(home / "ring" / "gps.jpg", exif=exif)
    *_, last = pipeline.run(made, "shapes")
    assert isinstance(last, pipeline.Finished)
    pipeline.ship(made, "shapes")
    return made


@pytest.fixture(scope="module")
def run(product: Product) -> Path:
    (found,) = [p for p in product.runs("shapes").iterdir() if p.is_dir()]
    return found


@pytest.fixture(scope="module")
def service(product: Product) -> Iterator[Served]:
    with serving(product.folder, lambda folder: pipeline.servable_in(folder, pseudonyms(product))) as served:
        yield served


def test_run_tells_pictures_and_keeps_its_panels(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["metric"]["name"] == "accuracy" and record["rows_rejected"] == 1
    assert "pictures" in record["screen"][1]["en"] and "张图片" in record["screen"][1]["zh"]
    panels = record["explanation"]["panels"]
    assert len(panels) >= 4 and record["leaks"] == []
    named = [picture["file"] for panel in panels for picture in panel["pictures"]]
    assert named and all((run / name).read_bytes().startswith(b"\x89PNG") for name in named)
    assert record["learning_curve"] is None or record["learning_curve"]["sizes"]
    frozen = json.loads((run / "frozen.json").read_text(encoding="utf-8"))
    assert 0 <= frozen["confidence"] < 1


def test_report_holds_the_pictures_and_asks_for_nothing(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") >= 6 and "img-src data:" in page
    assert "它看哪里" in page and "Where it looks" in page
    assert "No column knows the answer" not in page


def test_rejects_tell_why_and_metadata_is_nowhere(product: Product, run: Path) -> None:
    with (product.outputs("shapes") / "rejects.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == ["bar/notes.png"] and "not a picture" in rows[0]["reason"]
    for path in (p for folder in (run, product.outputs("shapes")) for p in folder.rglob("*") if p.is_file()):
        assert b"CANARY" not in path.read_bytes(), path


def test_run_can_be_verified(run: Path) -> None:
    assert pipeline.verify(run) == []


def answers_of(product: Product, source: Path, output: Path) -> dict[str, dict[str, str]]:
    pipeline.predict(product, "shapes", source, output)
    with output.open(encoding="utf-8-sig") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_folder_table_and_service_answer_alike(product: Product, service: Served, tmp_path: Path) -> None:
    home = tmp_path / "new"
    home.mkdir()
    for row in range(5):
        (home / f"{row}.png").write_bytes(as_png(SHAPES["picture"][row]))
    (home / "rows.csv").write_text("file,shelf\n" + "".join(f"{row}.png,{row}\n" for row in range(5)))
    folder = answers_of(product, home, tmp_path / "folder.csv")
    table = answers_of(product, home / "rows.csv", tmp_path / "table.csv")
    assert list(folder) == list(table) == [f"{row}.png" for row in range(5)]
    with service.client(KeyRole.PREDICT) as client:
        for name, row in folder.items():
            assert table[name] == row
            sent = (name, (home / name).read_bytes(), "image/png")
            reply = client.post(URL, files={"file": sent})
            assert reply.status_code == 200, reply.text
            body = reply.json()
            (answer,) = body["answers"]
            assert body["release"] == 1 and answer["file"] == name
            assert str(answer["abstained"]) == row["abstained"] and (answer["label"] or "") == row["label"]
            for label in ("bar", "cross", "ring"):
                key = f"probability_{label}"
                assert answer[key] == pytest.approx(float(row[key]), abs=1e-6)


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"text", 422), (as_png(SHAPES["picture"][0])[:60], 422), (bytes(5 << 20), 413)],
)
def test_uploads_that_are_no_pictures_are_refused(service: Served, content: bytes, status: int) -> None:
    with service.client(KeyRole.PREDICT) as client:
        reply = client.post(URL, files={"file": ("a.png", content, "image/png")})
    assert reply.status_code == status
    error: dict[str, Any] = reply.json()["error"]
    assert error["problem"]["zh"] and error["fix"]["en"]


def test_uploads_need_a_key_with_the_role(service: Served) -> None:
    sent = {"file": ("a.png", as_png(SHAPES["picture"][0]), "image/png")}
    for role, status in ((None, 401), (KeyRole.INGEST, 404), (KeyRole.ADMIN, 200)):
        with service.client(role) as client:
            assert client.post(URL, files=sent).status_code == status
    with service.client(KeyRole.PREDICT) as client:
        assert client.post("/v1/events", files=sent).status_code == 415
        assert client.post(URL, content=b"x", headers={"Content-Type": "image/png"}).status_code == 415


def test_a_release_that_asks_rows_takes_no_file(tmp_path: Path) -> None:
    from small_shop import shipped

    with serving(shipped(tmp_path, 0.5)) as served, served.client(KeyRole.PREDICT) as client:
        reply = client.post("/v1/use-cases/churn/predict", files={"file": ("a.png", b"x", "image/png")})
    assert reply.status_code == 415 and reply.json()["error"]["code"] == "not_json"


def test_a_folder_is_run_as_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pilothouse.cli.evidence import _asked
    from small_pictures import as_folder

    monkeypatch.chdir(tmp_path)
    product, names = _asked(as_folder(tmp_path / "shapes"), None, None, (None, None, None), None)
    assert names == ["images"] and product.folder.name == "shapes.pilothouse"
    assert product.use_case("images").scenario == "images"
    assert pipeline.is_data(tmp_path / "shapes") and not pipeline.is_data(product.folder)
