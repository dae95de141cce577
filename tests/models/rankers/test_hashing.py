import json

import numpy as np

from models.rankers.clubs import items
from pilothouse.models.rankers.hashing import PLACES, Hashed, tokens
from pilothouse.types import Column, Kind, Role, Table


def test_tokens_are_words_and_pairs_of_chinese_characters():
    assert list(tokens("Toy Story 2: 玩具总动员，好!")) == [
        "toy",
        "story",
        "2",
        "玩具",
        "具总",
        "总动",
        "动员",
        "好",
    ]
    assert list(tokens("한국 영화")) == ["한국", "영화"]
    assert list(tokens(" ... ")) == []


def test_hashed_reads_the_same_value_the_same_way_everywhere():
    table = items()
    places, numbers = Hashed.learn(table).read(table)
    assert places.max() <= PLACES and places.min() == 0
    # Even items share the shelf and the words of the text but not the number in it.
    shared = set(places[0]) & set(places[2]) - {0}
    assert len(shared) == 1 + len(list(tokens("绿茶与红茶")))
    assert not (set(places[0]) & set(places[1])) - {0}
    np.testing.assert_allclose(numbers.mean(), 0.0, atol=1e-6)


def test_hashed_reads_missing_columns_and_values_as_nothing():
    read = Hashed.learn(items())
    bare = Table((Column("id", Kind.CATEGORY, Role.ITEM),), {"id": np.array(["a", "b"], dtype=object)})
    places, numbers = read.read(bare)
    assert places.shape == (2, 1) and not places.any() and numbers.shape == (2, 1) and not numbers.any()
    _, numbers = read.read(items())
    assert numbers[5, 0] == 0.0


def test_hashed_reads_a_level_never_seen():
    read = Hashed.learn(items())
    new = items().take(slice(0, 1)).put(Column("shelf", Kind.CATEGORY), np.array(["silk"], dtype=object))
    places, _ = read.read(new)
    assert places[0, 0] > 0 and places[0, 0] != read.read(items())[0][0, 0]


def test_hashed_survives_json_and_skips_ids():
    read = Hashed.learn(items())
    assert "id" not in {name for name, _ in read.words}
    assert Hashed.restore(json.loads(json.dumps(read.state()))) == read


def test_hashed_of_a_column_without_numbers_stays_finite():
    table = Table((Column("x", Kind.NUMBER),), {"x": np.array([np.nan, np.nan])})
    _, numbers = Hashed.learn(table).read(table)
    assert (numbers == 0).all()


def test_hashed_reads_the_parts_of_a_list_as_each_alone():
    columns = (Column("id", Kind.CATEGORY, Role.ITEM), Column("genre", Kind.CATEGORY))
    genre = np.array(["Action|Thriller", "Action", "Thriller"], dtype=object)
    told = Table(columns, {"id": np.array(["a", "b", "c"], dtype=object), "genre": genre})
    places, _ = Hashed.learn(told).read(told)
    assert set(places[0]) == {places[1, 0], places[2, 0]} and places[1, 0] != places[2, 0]
