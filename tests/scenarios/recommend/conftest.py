"""One finished run of ``recommend`` over its first example, and one model of each candidate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse import pipeline
from pilothouse.guards.personal import Pseudonyms
from pilothouse.models.ranking import Ranker
from pilothouse.pipeline.begin import make_scenario, pseudonyms
from pilothouse.product import Product, UseCaseSettings
from pilothouse.runs.folder import RunFolder
from pilothouse.runs.record import RunRecord
from pilothouse.scenario import Example
from pilothouse.scenarios.recommend import Recommend
from pilothouse.scenarios.recommend.release import ServedLists
from pilothouse.steps.plan import installed_extras
from pilothouse.steps.train.engine import single_threaded
from pilothouse.types import Context
from small_films import make_films


@dataclass(frozen=True)
class Films:
    """A product with one finished run, and its winner as a service loads it."""

    product: Product
    folder: RunFolder
    record: RunRecord
    served: ServedLists
    raw: list[str]

    def pseudonym(self, raw: str) -> str:
        """The workspace's word for an own id."""
        names = self.served.pseudonyms
        assert names is not None
        return str(names.of(_column([raw]), "user")[0])


@dataclass(frozen=True)
class Learnt:
    """An example made ready, with one model of every candidate that is installed."""

    scenario: Recommend
    prepared: Any
    models: dict[str, Ranker]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small matrices on many threads cost more than they bring, on a busy machine very much more."""
    with single_threaded():
        yield


@pytest.fixture(scope="session")
def example() -> Example:
    """Films with times, ratings and genres."""
    return next(Recommend.examples())


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory, example: Example) -> Films:
    """Nobody may change it."""
    product = make_films(tmp_path_factory.mktemp("films") / "shop", example)
    *_, last = pipeline.run(product, "films")
    assert isinstance(last, pipeline.Finished)
    served = pipeline.servable_in(last.folder.model, pseudonyms(product))
    assert isinstance(served, ServedLists)
    raw = sorted(set(example.table["person"].tolist()))
    return Films(product, last.folder, last.record, served, raw)


@pytest.fixture(scope="session")
def learnt(example: Example) -> Learnt:
    """Fitted on the training rows, as the contest does."""
    use = UseCaseSettings(scenario="recommend", table="rows", options=dict(example.options))
    scenario = make_scenario(use)
    assert isinstance(scenario, Recommend)
    prepared = scenario.prepare({"rows": example.table}, Pseudonyms(b"a key for checks"), True)
    rows = prepared.data.take(prepared.split.train)
    competing = scenario.candidates(prepared.data)
    extras = installed_extras([m for c in competing for m in (c, *getattr(c, "members", ()))])
    with single_threaded():
        models = {
            c.name: c.build({}).fit(rows, Context(seed=3)) for c in competing if c.extra in {None, *extras}
        }
    return Learnt(scenario, prepared, models)


def _column(values: list[str]) -> Any:
    return np.array(values, dtype=object)


def files_of(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
