"""Small texts that ``classify`` can run on, drawn from a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pilothouse.scenario import Example
from pilothouse.types import Column, Kind, Role, Table

_TICKETS = {
    "delivery": (
        "the parcel is late",
        "my order has not arrived",
        "where is the courier",
        "delivery took a week",
    ),
    "refund": ("please give my money back", "i want a refund", "return the payment", "the refund is missing"),
    "praise": ("great product", "works well and looks nice", "very happy with it", "i love the colour"),
}
_ABOUT = (
    "for the lamp",
    "for the blue kettle",
    "again",
    "today",
    "since monday",
    "as I said",
    "please",
    "thank you",
)
_REVIEWS = {
    "好评": ("质量很好", "物流很快", "服务态度不错", "非常满意", "下次还会再来"),
    "差评": ("质量太差", "物流很慢", "服务态度恶劣", "非常失望", "再也不来了"),
}
_SHOPS = ("房间", "早餐", "键盘", "屏幕", "包装", "客服", "前台", "价格")


def examples() -> Iterator[Example]:
    """English tickets of three labels with ids, some without a label; Chinese reviews of two."""
    random = np.random.default_rng(5)
    tickets = [(_ticket(name, random), name) for name in _TICKETS for _ in range(30)]
    waiting = [(_ticket(name, random), None) for name in _TICKETS for _ in range(6)]
    yield _example([*tickets, *waiting], random, {"time_budget_s": 5.0}, {"right": [1, 2, 3], "wrong": 1})
    reviews = [(_review(name, random), name) for name in _REVIEWS for _ in range(30)]
    yield _example(reviews, random, {"time_budget_s": 5.0}, {})


def _example(
    drawn: Sequence[tuple[str, str | None]],
    random: np.random.Generator,
    options: dict[str, object],
    value: dict[str, object],
) -> Example:
    rows = len(drawn)
    texts, labels, ids = (np.empty(rows, dtype=object) for _ in range(3))
    for place, number in enumerate(random.permutation(rows).tolist()):
        texts[place], labels[place] = drawn[number]
        ids[place] = f"T{place:04d}"
    told = [label for label in labels.tolist() if label is not None]
    columns = (
        Column("ticket", Kind.CATEGORY, Role.ID, distinct=rows),
        Column("text", Kind.TEXT, Role.TEXT, distinct=len(set(texts.tolist()))),
        Column("label", Kind.CATEGORY, Role.TARGET, missing=1 - len(told) / rows, distinct=len(set(told))),
    )
    return Example(Table(columns, {"ticket": ids, "text": texts, "label": labels}), options, value)


def _ticket(name: str, random: np.random.Generator) -> str:
    about = " ".join(random.choice(_ABOUT, random.integers(1, 3), replace=False))
    return f"{random.choice(_TICKETS[name])} {about}, number {random.integers(100, 999)}"


def _review(name: str, random: np.random.Generator) -> str:
    said = random.choice(_REVIEWS[name], 2, replace=False)
    return f"{random.choice(_SHOPS)}{said[0]}，{random.choice(_SHOPS)}{said[1]}。{random.integers(1, 99)}分"
