from __future__ import annotations

import numpy as np
import pytest

from pilothouse.models.labels.choosing import doubt, worth_labelling


def test_doubt_is_the_closeness_of_the_two_likeliest() -> None:
    said = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.6, 0.3, 0.1]])
    assert doubt(said) == pytest.approx([1.0, 0.0, 0.7])


def test_the_unsure_come_first_and_no_two_that_say_the_same() -> None:
    texts = [
        "the lamp is broken",
        "the lamp is broken!",
        "where is my parcel",
        "i love it",
        "the lamp is broken",
        "",
    ]
    said = np.array([[0.5, 0.5], [0.51, 0.49], [0.6, 0.4], [0.99, 0.01], [0.5, 0.5], [0.5, 0.5]])
    assert worth_labelling(texts, said, 2).tolist() == [0, 2]
    assert sorted(worth_labelling(texts, said, 10).tolist()) == [0, 1, 2, 3]
    assert worth_labelling([""], said[:1], 5).tolist() == []
    assert worth_labelling(["a"], said[:1], 5).tolist() == [0]
