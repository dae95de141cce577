"""F11: a fit that needs more memory than there is ends with a sentence, not a hang."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import UserFault
from pilothouse.steps.train.crew import make_crew
from pilothouse.types import Cost, Shape
from steps.train.tiny import LABEL, Tiny, ask, equal, inline, make_data, make_fits


class Hungry(Tiny):
    """Asks for 4 GB in a process that may have 2 GB."""

    name = "hungry"

    def cost(self, shape: Shape) -> Cost:
        return Cost(seconds=10, memory_mb=4096)

    def happen(self) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, resource.RLIM_INFINITY))
        self._fill()

    def _fill(self) -> Any:
        return np.ones(2**29)


class HungryNetwork(Hungry):
    """The same through PyTorch's own allocator: a network over pictures that is too large."""

    name = "hungry_network"

    def _fill(self) -> Any:
        import torch

        return torch.nn.Conv2d(3, 64, 3)(torch.ones(2_048, 3, 96, 96))


def test_want_of_memory_of_a_network_is_told_too(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    fits = make_fits(HungryNetwork(), 2)
    with make_crew(make_data(), ask, tmp_path / "keep", workers=2) as crew:
        with pytest.raises(UserFault, match="4.0 GB"):
            crew.answers(fits, LABEL)
        assert equal(crew.answers(make_fits(Tiny()), LABEL), inline(tmp_path, make_fits(Tiny())))


def test_want_of_memory_in_a_worker_names_the_gigabytes(tmp_path: Path) -> None:
    good = make_fits(Tiny())
    with make_crew(make_data(), ask, tmp_path / "keep", workers=2) as crew:
        with pytest.raises(UserFault) as caught:
            crew.answers([*good, *make_fits(Hungry(), 2)], LABEL)
        assert "about 4.0 GB" in caught.value.text("en")
        assert "4.0 GB" in caught.value.text("zh")
        assert caught.value.exit_code == 1
        assert equal(crew.answers(good, LABEL), inline(tmp_path, good))
