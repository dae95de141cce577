from __future__ import annotations

import json
from pathlib import Path

from leavers import make_product, write_shop
from pilothouse import pipeline


def test_scan_of_a_file_and_of_its_product_agree(tmp_path: Path) -> None:
    product = make_product(tmp_path / "shop", rows=120)
    (one,) = pipeline.scan(write_shop(tmp_path / "shop.csv", rows=120))
    (two,) = pipeline.scan(product)
    assert one.as_json()["columns"] == two.as_json()["columns"]
    assert json.loads(json.dumps(one.as_json()))["rows"] == 120
    assert "churned" in one.as_json()["targets"]
    roles = {c["name"]: c["role"] for c in one.as_json()["columns"]}
    assert roles["customer"] == "id"
    for language in ("zh", "en"):
        assert "churned" in "\n".join(line.text(language) for line in one.lines)
        assert one.title.text(language)
    assert all(len(row) == len(one.header) for row in one.rows)


def test_scan_finds_personal_data(tmp_path: Path) -> None:
    rows = [f"{n:04d},1391234{n:04d},{'yes' if n % 3 else 'no'}" for n in range(80)]
    (tmp_path / "a.csv").write_text("\n".join(["id,手机,bought", *rows]), encoding="utf-8")
    (seen,) = pipeline.scan(tmp_path / "a.csv")
    found = {c["name"]: c["personal"] for c in seen.as_json()["columns"]}
    assert found["手机"] == "mobile"
