"""Members of two clubs who take their club's items, each the one after the last, round and round."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from pilothouse.types import Column, Data, Kind, Role, Table

ITEMS = 40
"""Even codes belong to the tea club, odd ones to the chess club."""
NEW = (38, 39)
"""One item of each club that nobody has taken."""
WORDS = ("绿茶与红茶", "black and white board")


def clubs(users: int = 120, seed: int = 0, *, described: bool = True) -> Data:
    """Make learning data: user u is of club u % 2; clocks run within each user."""
    rng = np.random.default_rng(seed)
    user, item, time = [], [], []
    for one in range(users):
        start, taken = int(rng.integers(0, 19)), int(rng.integers(4, 10))
        user += [one] * taken
        item += [2 * ((start + step) % 19) + one % 2 for step in range(taken)]
        time += [one + 1000 * step for step in range(taken)]
    order = rng.permutation(len(user))
    stamps = np.datetime64("2024-01-01", "us") + np.array(time)[order].astype("timedelta64[s]")
    rows = Table(
        (
            Column("user", Kind.NUMBER, Role.USER),
            Column("item", Kind.NUMBER, Role.ITEM),
            Column("time", Kind.TIME, Role.TIME),
        ),
        {"user": np.array(user, float)[order], "item": np.array(item, float)[order], "time": stamps},
    )
    return Data({"rows": rows, "items": items(described), "users": members(users)})


def items(described: bool = True) -> Table:
    """Make the catalogue, with a category, a price and a text where it is described."""
    names = np.array([f"i{code}" for code in range(ITEMS)], dtype=object)
    table = Table((Column("id", Kind.CATEGORY, Role.ITEM),), {"id": names}, "items")
    if not described:
        return table
    club = np.arange(ITEMS) % 2
    price = 10.0 + 90.0 * club + np.arange(ITEMS) % 7
    price[5] = np.nan
    texts = np.array([f"{WORDS[c]} {n}" for n, c in enumerate(club)], dtype=object)
    texts[7] = None
    table = table.put(Column("shelf", Kind.CATEGORY), np.array(["tea", "chess"], dtype=object)[club])
    table = table.put(Column("price", Kind.NUMBER), price)
    return table.put(Column("about", Kind.TEXT, Role.TEXT), texts)


def members(users: int) -> Table:
    """Make the users with an attribute that tells the club, and one that tells nothing."""
    names = np.array([f"u{one}" for one in range(users)], dtype=object)
    likes = np.array(["tea", "chess"], dtype=object)[np.arange(users) % 2]
    table = Table((Column("id", Kind.CATEGORY, Role.USER),), {"id": names}, "users")
    table = table.put(Column("likes", Kind.CATEGORY), likes)
    return table.put(Column("age", Kind.NUMBER), 20.0 + np.arange(users) % 40)


def ask(*histories: list[int], likes: str | None = None) -> Table:
    """Make requests of users nobody has seen."""
    found = np.empty(len(histories), dtype=object)
    for row, history in enumerate(histories):
        found[row] = np.array(history, dtype=np.int64)
    columns = (
        Column("user", Kind.CATEGORY, Role.USER),
        Column("history", Kind.SEQUENCE, Role.ITEM),
        Column("likes", Kind.CATEGORY),
        Column("age", Kind.NUMBER),
    )
    return Table(
        columns,
        {
            "user": np.full(len(found), None, dtype=object),
            "history": found,
            "likes": np.full(len(found), likes, dtype=object),
            "age": np.full(len(found), np.nan),
        },
        "requests",
    )


def own_club(scores: np.ndarray, club: int) -> float:
    """Tell how often an item of the club scores above one of the other (area under the curve)."""
    return float(roc_auc_score(np.arange(len(scores)) % 2 == club, scores))
