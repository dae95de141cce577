import numpy as np
import pytest

from pilothouse.errors import Corrupt, Refused
from pilothouse.guards.modelfile import save_file
from pilothouse.models.baselines import Nothing
from pilothouse.models.linear import Linear
from pilothouse.models.shelf import _WHERE, load_model, save_model
from pilothouse.types import Context


def test_shelf_gives_back_the_kind_it_was_given(make_shop, tmp_path):
    data, target = make_shop()
    for candidate in (Nothing(target), Linear(target)):
        model = candidate.build({}).fit(data, Context())
        save_model(model, tmp_path / candidate.name)
        again = load_model(tmp_path / candidate.name)
        assert type(again) is type(model)
        expected = model.predict(data.table, Context())["probability"]
        np.testing.assert_array_equal(again.predict(data.table, Context())["probability"], expected)


@pytest.mark.parametrize("kind", ["os:system", "", None, 3, "../linear"])
def test_shelf_imports_nothing_that_a_file_names(kind, tmp_path):
    save_file(tmp_path / "kind.json", {"kind": kind}, "json")
    with pytest.raises(Corrupt):
        load_model(tmp_path)


def test_shelf_files_of_another_kind_are_corrupt(make_shop, tmp_path):
    data, target = make_shop()
    save_model(Linear(target).build({}).fit(data, Context()), tmp_path)
    save_file(tmp_path / "linear.json", {"target": 1}, "json")
    with pytest.raises((Corrupt, Refused)):
        load_model(tmp_path)


def test_shelf_table_names_real_classes_with_that_kind():
    import importlib

    for kind, (module, name) in _WHERE.items():
        assert getattr(importlib.import_module(module), name).kind == kind
