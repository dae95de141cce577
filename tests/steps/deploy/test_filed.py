"""Files beside a batch: whole, in a folder of their own, never outside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pilothouse.errors import Refused
from pilothouse.steps.deploy.filed import Filed, write_files
from pilothouse.types import Answers

ANSWERS = Answers({"x": np.zeros(1)})


class Two:
    def __init__(self, *names: str) -> None:
        self.names = names

    def files(self, answers: Answers) -> Iterator[tuple[str, bytes]]:
        yield from ((name, name.encode()) for name in self.names)


def test_files_lie_in_a_folder_called_like_the_output(tmp_path: Path) -> None:
    assert isinstance(Two(), Filed) and not isinstance(object(), Filed)
    write_files(Two("a.png", "b.png"), ANSWERS, tmp_path / "out.csv")
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == {
        "a.png": b"a.png",
        "b.png": b"b.png",
    }


def test_no_name_leads_out_of_it(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        write_files(Two("../a.png"), ANSWERS, tmp_path / "out.csv")
    assert not (tmp_path / "a.png").exists()
