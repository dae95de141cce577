from __future__ import annotations

import numpy as np

from pilothouse.scenarios.recommend.examples import examples
from pilothouse.types import Kind, Role


def test_examples_are_the_same_each_time() -> None:
    assert [e.table.digest() for e in examples()] == [e.table.digest() for e in examples()]


def test_one_example_has_times_and_tastes_the_other_neither() -> None:
    films, bought = (e.table for e in examples())
    assert [c.role for c in films.columns] == [Role.USER, Role.ITEM, Role.VALUE, Role.TIME, Role.FEATURE]
    assert [c.role for c in bought.columns] == [Role.USER, Role.ITEM]
    assert films.column("when").kind is Kind.TIME
    assert (np.diff(films["when"].astype(np.int64)) >= 0).all()


def test_people_follow_their_taste_and_take_nothing_twice() -> None:
    for example in examples():
        user, item = (example.table[example.table.of_role(r)[0].name] for r in (Role.USER, Role.ITEM))
        taste = np.array([int(u[1:]) % 4 == int(i[1:]) % 4 for u, i in zip(user, item, strict=True)])
        assert 0.7 < taste.mean() < 0.95
        assert len(set(zip(user.tolist(), item.tolist(), strict=True))) == len(user)


def test_genre_is_the_taste_that_a_film_suits() -> None:
    films = next(iter(examples())).table
    for film, genre in zip(films["film"].tolist(), films["genre"].tolist(), strict=True):
        assert genre == f"genre {int(film[1:]) % 4}"
