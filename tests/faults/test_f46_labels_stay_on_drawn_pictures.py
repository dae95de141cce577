"""F46: what was drawn says so, to eyes and to machines, after download, copy and re-encoding."""

from __future__ import annotations

import base64
import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from pilothouse.guards.ailabel import WORDS, Origin, labelled, marked, read_label
from pilothouse.models.generators.baselines import CopierModel, GaussianModel
from pilothouse.scenarios.imagine.examples import examples
from pilothouse.scenarios.imagine.release import ServedDrawings
from pilothouse.steps.deploy.contract import to_table
from pilothouse.steps.deploy.filed import write_files
from pilothouse.steps.prepare.drawings import DrawingWish, prepare_drawings
from pilothouse.types import Context

image = pytest.importorskip("PIL.Image", reason="needs the extra deep")
pytest.importorskip("torch", reason="needs the extra deep")

DRAWN = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
PNG = labelled(DRAWN, Origin("Pilothouse imagine", "f46-1", "2026-01-02"))


@pytest.fixture(scope="module")
def served() -> ServedDrawings:
    ready = prepare_drawings(next(iter(examples())).table, DrawingWish())
    models = [kind().fit(ready.data, Context()) for kind in (GaussianModel, CopierModel)]
    return ServedDrawings.of(models[0], models[1], ready.data.tables["real"]["gap"])


def test_every_picture_of_a_reply_is_labelled(served: ServedDrawings) -> None:
    asked = to_table(served.schema, [{"seed": 3, "count": 5}, {}])
    for answer in served.shape(asked, served.predict(asked)):
        for told in answer["pictures"]:
            found = read_label(base64.b64decode(told["png"]))
            assert told["label"] == WORDS
            assert found is not None and found["Label"] == "1"
            assert found["ProduceID"] == f"{served.mark}-{told['seed']}"


def test_every_picture_of_a_batch_is_labelled_also_after_a_copy(
    served: ServedDrawings, tmp_path: Path
) -> None:
    asked = to_table(served.schema, [{"seed": 1, "count": 3}])
    answers = served.predict(asked)
    write_files(served, answers, tmp_path / "pictures.csv")
    named = [row[0] for row in served.rows(asked, answers)]
    assert sorted(p.name for p in (tmp_path / "pictures").iterdir()) == sorted(named)
    shutil.copytree(tmp_path / "pictures", tmp_path / "copied")
    for name in named:
        assert read_label((tmp_path / "copied" / name).read_bytes()) is not None


def test_visible_words_survive_being_written_anew() -> None:
    for kind, options in (("PNG", {}), ("BMP", {}), ("JPEG", {"quality": 80}), ("WEBP", {"quality": 80})):
        again = io.BytesIO()
        with image.open(io.BytesIO(PNG)) as found:
            found.save(again, kind, **options)
        with image.open(io.BytesIO(again.getvalue())) as found:
            seen = np.asarray(found.convert("L")).astype(float)
        strip = marked(DRAWN)[140:].astype(float)
        assert np.abs(seen[140:] - strip).mean() < 12
        assert ((seen[140:] < 128) == (strip < 128)).mean() > 0.99


def test_hidden_fields_survive_where_a_program_keeps_what_it_read() -> None:
    pnginfo = pytest.importorskip("PIL.PngImagePlugin").PngInfo()
    again = io.BytesIO()
    with image.open(io.BytesIO(PNG)) as found:
        found.load()
        for name, text in found.text.items():
            pnginfo.add_itxt(name, str(text))
        found.save(again, "PNG", pnginfo=pnginfo)
    assert read_label(again.getvalue()) == read_label(PNG)
