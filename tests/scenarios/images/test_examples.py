from __future__ import annotations

import numpy as np

from pilothouse.scenarios.images.examples import examples
from pilothouse.types import Kind


def test_examples_are_the_same_each_time_and_of_two_kinds() -> None:
    first, second = list(examples()), list(examples())
    assert [e.table.digest() for e in first] == [e.table.digest() for e in second]
    grey, colours = (e.table["picture"] for e in first)
    assert {p.ndim for p in grey} == {2} and {p.ndim for p in colours} == {3}
    assert len({p.shape for p in colours}) > 10
    assert all(p.dtype == np.uint8 for p in (*grey, *colours))
    assert first[0].table.column("picture").kind is Kind.PICTURE
