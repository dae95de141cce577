from __future__ import annotations

from collections.abc import Callable

import pytest

from pilothouse import registry
from pilothouse.checks import check_scenario

EVERY = [(name, *check) for name in registry.names() for check in check_scenario(registry.find(name))]


@pytest.mark.parametrize(("scenario", "name", "check"), EVERY, ids=[f"{s}-{n}" for s, n, _ in EVERY])
def test_scenario_passes_the_check(scenario: str, name: str, check: Callable[[], None]) -> None:
    check()
