"""A run's folder: names, atomic writes, predictions as Parquet, and the seal.

A finished run is *sealed*: ``manifest.json`` lists the SHA-256 of every file, and
the state store keeps the manifest's own hash, so that an edited digit is found.
This module computes no figure (``runs.verify`` does).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import Corrupt, NotFound
from pilothouse.messages import say
from pilothouse.product import write_text
from pilothouse.runs.record import SCHEMA_VERSION, RunRecord

MANIFEST = "manifest.json"
WORK = "work"
PANELS = "panels"


class RunFolder:
    """One run's folder, made or found."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        """The run's id, which is the folder's name."""
        return self.path.name

    @property
    def work(self) -> Path:
        """Finished fits of a run under way; gone once the run is sealed."""
        return self.path / WORK

    @property
    def model(self) -> Path:
        """The winner, refitted on all rows."""
        return self.path / "model"

    @property
    def is_sealed(self) -> bool:
        """True when the run ended and its manifest was written."""
        return (self.path / MANIFEST).is_file()

    def put_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write one JSON file, readable and stable."""
        write_text(self.path / name, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False))

    def put_bytes(self, name: str, content: bytes) -> None:
        """Write one file of bytes; the folder above it is made."""
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    def get_json(self, name: str) -> dict[str, Any]:
        """Read one JSON file; Corrupt when it is missing or broken."""
        try:
            content: dict[str, Any] = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise Corrupt(
                say("runs.broken_file", file=name, run=self.run_id), say("runs.run_again")
            ) from None
        return content

    def put_predictions(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Write ``predictions.parquet``: truth, fold, unit and every candidate's answers."""
        import duckdb

        temporary = self.path / ".predictions.parquet.tmp"
        held = {k: np.ascontiguousarray(v) for k, v in columns.items()}
        with duckdb.connect() as connection:
            relation = connection.sql("select * from held")
            relation.write_parquet(str(temporary), compression="zstd")
        temporary.replace(self.path / "predictions.parquet")
        del held

    def get_predictions(self) -> dict[str, NDArray[Any]]:
        """Read ``predictions.parquet`` as plain arrays; missing numbers are NaN."""
        import duckdb

        path = self.path / "predictions.parquet"
        try:
            with duckdb.connect() as connection:
                found = connection.read_parquet(str(path)).fetchnumpy()
        except duckdb.Error:
            raise Corrupt(
                say("runs.broken_file", file=path.name, run=self.run_id), say("runs.run_again")
            ) from None
        return {name: _plain(values) for name, values in found.items()}

    def record(self) -> RunRecord:
        """Read ``run.json``.

        Raises
        ------
        Corrupt
            When it is missing, broken, or written by a newer Pilothouse.
        """
        from pydantic import ValidationError

        content = self.get_json("run.json")
        if content.get("schema_version", 0) > SCHEMA_VERSION:
            raise Corrupt(say("runs.newer", run=self.run_id), say("runs.upgrade"))
        try:
            return RunRecord.model_validate(content)
        except ValidationError:
            raise Corrupt(
                say("runs.broken_file", file="run.json", run=self.run_id), say("runs.run_again")
            ) from None

    def seal(self) -> str:
        """Write the manifest of every file and return its hash."""
        listed = {name: file_hash(self.path / name) for name in self._files()}
        self.put_json(MANIFEST, {"files": listed})
        return file_hash(self.path / MANIFEST)

    def broken_files(self) -> list[str]:
        """Names of files that are missing, added or changed since the seal."""
        listed: dict[str, str] = self.get_json(MANIFEST)["files"]
        found = {name: file_hash(self.path / name) for name in self._files()}
        return sorted(name for name in {*listed, *found} if listed.get(name) != found.get(name))

    def _files(self) -> list[str]:
        return sorted(
            str(p.relative_to(self.path))
            for p in self.path.rglob("*")
            if p.is_file() and p != self.path / MANIFEST and WORK not in p.relative_to(self.path).parts
        )


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_runs(folder: Path) -> list[RunFolder]:
    """Sealed runs of one use case, oldest first; run ids sort by time."""
    if not folder.is_dir():
        return []
    return [run for run in map(RunFolder, sorted(folder.iterdir())) if run.is_sealed]


def newest(folder: Path, use_case: str) -> RunFolder:
    """Return the newest sealed run; NotFound with the command that makes one."""
    found = list_runs(folder)
    if not found:
        raise NotFound(say("runs.none", use_case=use_case), say("runs.make_one", use_case=use_case))
    return found[-1]


def _plain(values: Any) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        if values.dtype == object:
            found = np.asarray(values.data, dtype=object).copy()
            found[np.ma.getmaskarray(values)] = None
            return found
        if values.dtype.kind in "iu" and values.mask.any():
            values = values.astype(np.float64)
        return np.asarray(values.filled(np.nan) if values.mask.any() else values.data)
    return np.asarray(values)
