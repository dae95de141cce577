"""F10: files that a newer version wrote are refused, untouched, with what to do."""

from __future__ import annotations

import sqlite3

import pytest

from conftest import Done
from pilothouse import pipeline
from pilothouse.errors import PilothouseError


def test_run_of_a_newer_version_is_refused_everywhere(copied: Done) -> None:
    content = copied.folder.get_json("run.json") | {"schema_version": 99}
    copied.folder.put_json("run.json", content)
    before = (copied.folder.path / "run.json").read_bytes()
    with pytest.raises(PilothouseError, match="pip install -U pilothouse"):
        pipeline.verify(copied.folder.path)
    assert (copied.folder.path / "run.json").read_bytes() == before


def test_state_of_a_newer_version_is_refused_and_left_alone(copied: Done) -> None:
    path = copied.product.hidden / "state.db"
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(PilothouseError) as caught:
        pipeline.ship(copied.product, "churn")
    assert "Upgrade" in caught.value.text("en")
    assert "升级" in caught.value.text("zh")
    with sqlite3.connect(path) as connection:
        assert connection.execute("pragma user_version").fetchone() == (99,)
    connection.close()


def test_model_of_a_newer_version_is_refused(copied: Done) -> None:
    from pilothouse.guards.modelfile import write_manifest

    path = copied.folder.model / "fitted.json"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"version":1', '"version":2', 1), encoding="utf-8"
    )
    write_manifest(copied.folder.model)
    with pytest.raises(PilothouseError) as caught:
        pipeline.servable_in(copied.folder.model)
    assert caught.value.fix is not None
