"""What tests of several rooms share: one finished run, made once."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from leavers import make_product
from pilothouse import pipeline
from pilothouse.pipeline import Finished
from pilothouse.product import Product
from pilothouse.runs.folder import RunFolder
from pilothouse.runs.record import RunRecord

settings.register_profile("busy", deadline=None)  # machines are shared: no test measures time
settings.load_profile("busy")


@dataclass(frozen=True)
class Done:
    """A product with one finished run of ``churn``."""

    product: Product
    folder: RunFolder
    record: RunRecord


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Nobody may change it; take ``copied`` for that."""
    product = make_product(tmp_path_factory.mktemp("finished") / "shop")
    *_, last = pipeline.run(product, "churn")
    assert isinstance(last, Finished)
    return Done(product, last.folder, last.record)


@pytest.fixture
def copied(finished: Done, tmp_path: Path) -> Done:
    """A copy of the finished run's product, to do with as one likes."""
    place = tmp_path / finished.product.folder.name
    shutil.copytree(finished.product.folder, place)
    inside = finished.folder.path.relative_to(finished.product.folder)
    return Done(Product(place), RunFolder(place / inside), finished.record)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of packages that is one folder, empty at first."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder
