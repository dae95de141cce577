"""The examples: different pictures, the same at every call, enough to learn from."""

from __future__ import annotations

from pilothouse.scenarios.imagine.examples import examples
from pilothouse.steps.prepare.drawings import FEWEST


def test_pictures_differ_and_come_again() -> None:
    for here, there in zip(examples(), examples(), strict=True):
        assert here.table.digest() == there.table.digest()
        assert len({p.tobytes() for p in here.table["picture"]}) > 2 * FEWEST


def test_one_is_grey_with_labels_and_one_in_colour_without() -> None:
    grey, colour = (example.table for example in examples())
    assert grey["picture"][0].shape == (8, 8) and set(grey["label"]) == {"bar", "cross"}
    assert colour["picture"][0].shape == (8, 8, 3) and "label" not in colour
