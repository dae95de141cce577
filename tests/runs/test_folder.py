from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conftest import Done
from pilothouse.errors import Corrupt, NotFound
from pilothouse.runs.folder import RunFolder, file_hash, list_runs, newest


def test_predictions_come_back_as_they_were(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    columns = {
        "row": np.arange(3),
        "said": np.array([0.1, np.nan, 1 / 3]),
        "组": np.array(["a", None, "乙"], dtype=object),
        "aside": np.array([True, False, True]),
    }
    folder.put_predictions(columns)
    back = folder.get_predictions()
    assert list(back) == list(columns)
    np.testing.assert_array_equal(back["said"], columns["said"])
    assert back["组"].tolist() == ["a", None, "乙"]
    assert back["aside"].astype(bool).tolist() == [True, False, True]
    assert [p.name for p in tmp_path.iterdir()] == ["predictions.parquet"]


def test_seal_finds_changed_missing_and_added_files(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.put_json("a.json", {"x": 1})
    folder.put_json("b.json", {"x": 2})
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "fit").write_text("left out")
    assert not folder.is_sealed
    seal = folder.seal()
    assert folder.is_sealed and folder.broken_files() == []
    assert seal == file_hash(tmp_path / "manifest.json")
    folder.put_json("a.json", {"x": 9})
    (tmp_path / "b.json").unlink()
    (tmp_path / "c.txt").write_text("new")
    assert folder.broken_files() == ["a.json", "b.json", "c.txt"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_broken_json_is_corrupt(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(Corrupt):
        RunFolder(tmp_path).record()
    with pytest.raises(Corrupt):
        RunFolder(tmp_path).get_json("none.json")


def test_broken_predictions_are_corrupt(tmp_path: Path) -> None:
    (tmp_path / "predictions.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(Corrupt):
        RunFolder(tmp_path).get_predictions()


def test_record_of_a_newer_version_is_refused_with_what_to_do(copied: Done) -> None:
    content = copied.folder.get_json("run.json")
    content["schema_version"] += 1
    copied.folder.put_json("run.json", content)
    with pytest.raises(Corrupt, match="pip install -U pilothouse"):
        copied.folder.record()


def test_runs_are_listed_oldest_first_and_only_when_sealed(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []
    with pytest.raises(NotFound, match="pilothouse run DIR churn"):
        newest(tmp_path, "churn")
    for name in ("20250102T000000-b", "20250101T000000-a", "20250103T000000-c"):
        (tmp_path / name).mkdir()
        RunFolder(tmp_path / name).put_json("a.json", {})
    RunFolder(tmp_path / "20250102T000000-b").seal()
    RunFolder(tmp_path / "20250101T000000-a").seal()
    assert [r.run_id[-1] for r in list_runs(tmp_path)] == ["a", "b"]
    assert newest(tmp_path, "churn").run_id.endswith("b")
