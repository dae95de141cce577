from __future__ import annotations

from pathlib import Path

import pytest

from pilothouse import registry
from pilothouse.errors import NotFound
from pilothouse.scenario import Scenario

SCENARIOS = Path(registry.__file__).parent / "scenarios"


def test_table_equals_the_files() -> None:
    files = {p.stem for p in SCENARIOS.iterdir() if not p.name.startswith("_") and p.suffix in ("", ".py")}
    assert set(registry.BUILT_IN) == files


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_find_returns_the_class_of_that_name(name: str) -> None:
    found = registry.find(name)
    assert issubclass(found, Scenario)
    assert found.name == name


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(NotFound) as caught:
        registry.find("predikt")
    assert "predict" in caught.value.text("en")
    with pytest.raises(NotFound) as caught:
        registry.find("zzz")
    assert "predict" in caught.value.text("zh")
