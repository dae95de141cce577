"""Small written texts that ``needs`` can run on, from a fixed seed: no customer's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pilothouse.scenario import Example
from pilothouse.types import Column, Kind, Role, Table

_APP = {
    "login": (
        "I cannot log in since the update",
        "the password reset mail never arrives",
        "login code fails",
    ),
    "battery": (
        "battery drains in the background",
        "the phone gets hot and battery is empty",
        "uses battery",
    ),
    "export": ("please add export to Excel", "I wish the export had charts", "exporting a report is easy"),
    "price": (
        "the yearly plan is too expensive",
        "price went up again without notice",
        "fair price for the plan",
    ),
}
_SHOP = {
    "delivery": ("快递太慢了，等了十天", "物流信息一直不更新", "快递员态度很差", "送货很快，包装完好"),
    "refund": ("退款一直没有到账", "申请退货客服不理", "希望退款能快一点", "退货流程很方便"),
    "size": ("尺码偏小，穿不上", "衣服尺码不准", "建议增加尺码表", "尺码刚好，面料舒服"),
}


def examples() -> Iterator[Example]:
    """App reviews with stars, times, writers and topics; Chinese tickets with nothing but text and id."""
    random = np.random.default_rng(11)
    app, topics = _drawn(_APP, 260, random, " and ")
    stars = np.array([5.0 if any(w in t for w in ("easy", "fair")) else 2.0 for t in app])
    days = np.sort(random.integers(0, 180, len(app)))
    times = np.datetime64("2026-01-01", "us") + days.astype("timedelta64[D]")
    users = np.array([f"u{n}" for n in random.integers(0, 150, len(app))], dtype=object)
    columns = (
        Column("review", Kind.TEXT, Role.TEXT, distinct=len(set(app))),
        Column("stars", Kind.NUMBER, distinct=2),
        Column("day", Kind.TIME, Role.TIME, distinct=len(set(days.tolist()))),
        Column("user", Kind.CATEGORY, Role.USER, distinct=len(set(users))),
        Column("topic", Kind.CATEGORY, distinct=len(_APP)),
    )
    values = {"review": app, "stars": stars, "day": times, "user": users, "topic": topics}
    yield Example(Table(columns, values), {"time_budget_s": 10.0, "most_needs": 6})
    shop, _ = _drawn(_SHOP, 200, random, "，")
    ids = np.array([f"T{n:04d}" for n in range(len(shop))], dtype=object)
    few = (
        Column("ticket", Kind.CATEGORY, Role.ID, distinct=len(ids)),
        Column("content", Kind.TEXT, Role.TEXT, distinct=len(set(shop))),
    )
    yield Example(Table(few, {"ticket": ids, "content": shop}), {"time_budget_s": 10.0, "most_needs": 4})


def _drawn(
    said: Mapping[str, Sequence[str]], count: int, random: np.random.Generator, join: str
) -> tuple[np.ndarray, np.ndarray]:
    """Texts of two things said of one topic, and the topics."""
    names = list(said)
    texts, topics = np.empty(count, dtype=object), np.empty(count, dtype=object)
    for row in range(count):
        topic = names[int(random.integers(len(names)))]
        first, second = random.choice(len(said[topic]), 2, replace=False)
        texts[row] = f"{said[topic][first]}{join}{said[topic][second]} #{row}"
        topics[row] = topic
    return texts, topics
