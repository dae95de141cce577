"""F09: a model folder with one byte changed, one file cut, or one file gone.

Every damage is found by hash before anything is parsed, and none is answered from.
"""

import numpy as np
import pytest

from pilothouse.errors import Corrupt, PilothouseError, Refused
from pilothouse.models.blend import Blend
from pilothouse.models.boosting import Boosting
from pilothouse.models.calibration import Calibration
from pilothouse.models.fitted import Fitted, schema_of
from pilothouse.models.linear import Linear
from pilothouse.models.target import Target
from pilothouse.types import Column, Context, Data, Kind, Role, Table

OFFSETS = 60


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A served blend on disk, its digest and its table."""
    rng = np.random.default_rng(0)
    x, city = rng.normal(size=300), np.array(["a", "b", "上海"], dtype=object)[rng.integers(0, 3, 300)]
    outcome = np.array(["no", "yes"], dtype=object)[(x + rng.normal(size=300) > 0).astype(int)]
    columns = (
        Column("x", Kind.NUMBER),
        Column("city", Kind.CATEGORY),
        Column("y", Kind.CATEGORY, Role.TARGET),
    )
    table = Table(columns, {"x": x, "city": city, "y": outcome})
    target = Target("y", "binary", ("no", "yes"))
    blend = Blend((Linear(target), Boosting(target))).build({"members": {"boosting": {"trees": 5}}})
    model = blend.fit(Data({"rows": table}), Context())
    folder = tmp_path_factory.mktemp("kept") / "model"
    digest = Fitted(target, schema_of(table), model, Calibration(), 0.4).save(folder)
    return folder, digest, table


def files(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file())


def refused(folder, digest):
    with pytest.raises((Corrupt, Refused)) as fault:
        Fitted.load(folder, digest)
    assert isinstance(fault.value, PilothouseError) and fault.value.fix is not None
    assert fault.value.text("en") and fault.value.text("zh")


@pytest.mark.parametrize("know_digest", [True, False])
def test_f09_any_changed_byte_is_found(kept, know_digest):
    folder, digest, _ = kept
    rng = np.random.default_rng(1)
    for path in files(folder):
        whole = path.read_bytes()
        for at in rng.integers(0, len(whole), OFFSETS):
            changed = bytearray(whole)
            changed[at] ^= int(rng.integers(1, 256))
            path.write_bytes(bytes(changed))
            try:
                refused(folder, digest if know_digest else None)
            finally:
                path.write_bytes(whole)


def test_f09_any_cut_is_found(kept):
    folder, _, _ = kept
    for path in files(folder):
        whole = path.read_bytes()
        for at in {0, 1, len(whole) // 2, len(whole) - 1}:
            path.write_bytes(whole[:at])
            try:
                refused(folder, None)
            finally:
                path.write_bytes(whole)


def test_f09_any_missing_file_is_found(kept):
    folder, _, _ = kept
    for path in files(folder):
        whole = path.read_bytes()
        path.unlink()
        try:
            refused(folder, None)
        finally:
            path.write_bytes(whole)


def test_f09_files_that_changed_places_are_found(kept):
    folder, _, _ = kept
    first, second = (folder / "model" / name / "kind.json" for name in ("0", "1"))
    contents = first.read_bytes(), second.read_bytes()
    first.write_bytes(contents[1])
    second.write_bytes(contents[0])
    try:
        refused(folder, None)
    finally:
        first.write_bytes(contents[0])
        second.write_bytes(contents[1])


def test_f09_undamaged_folder_answers_as_before(kept):
    folder, digest, table = kept
    said = [Fitted.load(folder, d).predict(table)["probability"] for d in (digest, None)]
    np.testing.assert_array_equal(said[0], said[1])
    assert np.isfinite(said[0]).all()
