"""A backbone of pasts: what it learns, and for whom it opens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from pilothouse.errors import BadOption, Corrupt  # noqa: E402
from pilothouse.models.networks.events import EventsShape  # noqa: E402
from pilothouse.models.pasts import Reading  # noqa: E402
from pilothouse.models.pretraining.pasts import learn_pasts, parted, plan_for, read_pasts  # noqa: E402
from pilothouse.types import Context, Table  # noqa: E402
from small_events import prepared  # noqa: E402


@pytest.fixture(scope="module")
def table() -> Table:
    return prepared(80).data.table


@pytest.fixture(scope="module")
def kept(table: Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    reading = Reading.learn([table], 16)
    shape = EventsShape(**reading.sizes, window=17, width=8, blocks=1)
    backbone, done = learn_pasts([table, table], reading, shape, plan_for(160, 6, 2e-3), Context())
    assert done.learning[-1] < done.learning[0] and backbone.origin["rows"] == 160
    folder = tmp_path_factory.mktemp("kept")
    backbone.save(folder)
    return folder


def test_it_opens_for_the_same_words_under_other_numbers(table: Table, kept: Path) -> None:
    found, digest = read_pasts(kept, table)
    assert len(digest) == 64
    reading = Reading.restore(found.origin["reading"])
    words = table.column("events.item").classes
    turned = table.put(replace(table.column("events.item"), classes=words[::-1]), table["events.item"])
    again = reading.of(turned)
    assert again.items != reading.items and again.item_words == reading.item_words
    for code, word in zip(again.items, again.item_words, strict=True):
        assert turned.column("events.item").classes[code - 2] == word
    fewer = table.put(replace(table.column("events.item"), classes=words[:1]), table["events.item"])
    assert len(set(reading.of(fewer).items)) == len(reading.items)
    assert 0 < reading.shared(fewer) < reading.shared(table) == 1.0


def test_other_events_and_damage_are_refused(table: Table, kept: Path, tmp_path: Path) -> None:
    strange = table
    for name in ("events.type", "events.item"):
        strange = strange.put(replace(table.column(name), classes=("x", "y", "z")), table[name])
    with pytest.raises(BadOption, match="0%"):
        read_pasts(kept, strange)
    with pytest.raises(BadOption):
        read_pasts(tmp_path / "nothing", table)
    for file in kept.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "backbone.safetensors").write_bytes(b"x" * 64)
    with pytest.raises(Corrupt):
        read_pasts(tmp_path, table)


def test_few_rows_are_all_learnt_from() -> None:
    torch = pytest.importorskip("torch")
    learn, check = parted([torch.arange(19)], 0)
    assert check is None and len(learn[0]) == 19
    learn, check = parted([torch.arange(40)], 0)
    assert check is not None
    np.testing.assert_array_equal(np.sort(np.r_[learn[0], check[0]]), np.arange(40))
