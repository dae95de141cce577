"""The user's cross-encoder scores pairs, each by itself; what is none is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pilothouse.errors import BadOption
from pilothouse.lazy import installed
from pilothouse.models.retrieval.reranker import reranker

needs = pytest.mark.skipif(not (installed("transformers") and installed("torch")), reason="needs finetune")


@needs
def test_pairs_are_scored_one_by_one(tmp_path: Path) -> None:
    from small_encoder import save_encoder

    made = reranker(str(save_encoder(tmp_path, labels=1)))
    both = made.scores("card lost", ["open account", "bank money"])
    assert both.shape == (2,) and np.isfinite(both).all() and both[0] != both[1]
    assert made.scores("card lost", ["bank money"])[0] == both[1]


@needs
def test_more_labels_are_no_reranker(tmp_path: Path) -> None:
    from small_encoder import save_encoder

    with pytest.raises(BadOption, match="cross-encoder"):
        reranker(str(save_encoder(tmp_path, labels=3)))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption):
        reranker(str(tmp_path))
