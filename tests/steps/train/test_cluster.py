from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from pilothouse.errors import BadOption, UserFault
from pilothouse.steps.train.crew import make_crew
from steps.train.tiny import (
    LABEL,
    Tiny,
    ask,
    equal,
    inline,
    make_data,
    make_fits,
)


@pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="ray is not installed: pip install pilothouse[ray]"
)
def test_answers_ray_cluster_equals_this_process(tmp_path: Path) -> None:
    fits = make_fits(Tiny())
    with make_crew(make_data(), ask, tmp_path / "ray", engine="ray", workers=2) as crew:
        assert equal(crew.answers(fits, LABEL), inline(tmp_path, fits))
        with pytest.raises(UserFault, match=r"64\.0 GB"):
            crew.answers(make_fits(Tiny(eats_gb=64)), LABEL)
        with pytest.raises(RuntimeError, match="own words"):
            crew.answers(make_fits(Tiny(fails="own words")), LABEL)


def test_address_without_cluster_is_the_users_to_fix(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="ray://127.0.0.1:9"):
        make_crew(make_data(), ask, tmp_path, engine="ray://127.0.0.1:9")
