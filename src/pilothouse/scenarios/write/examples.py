"""Tiny tables of items that ``write`` can run on, from a fixed seed: a shop in Chinese, one in English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pilothouse.scenario import Example
from pilothouse.types import Column, Kind, Role, Table

_COUNT = 130
_ZH = {
    "类别": ("保温杯", "枕头", "台灯", "背包", "毛巾"),
    "材质": ("棉", "亚麻", "铝", "竹", "尼龙"),
    "颜色": ("米白", "浅灰", "墨绿", "藏青"),
    "卖点": ("轻", "好收纳", "安静", "好清洗", "国家级工艺"),
}
_EN = {
    "category": ("mug", "pillow", "lamp", "backpack", "towel"),
    "material": ("cotton", "linen", "aluminium", "bamboo", "nylon"),
    "colour": ("cream", "light grey", "dark green", "navy"),
    "good for": ("travel", "small rooms", "late reading", "daily washing", "the best sleep"),
}


def examples() -> Iterator[Example]:
    """Descriptions in Chinese; campaign words in English with a word that must stand there."""
    random = np.random.default_rng(7)
    zh = _table(random, ("编号", "品名", "价格(元)"), _ZH, lambda kind, n: f"{kind} {n} 号")
    yield Example(zh, {"time_budget_s": 5.0, "benefit": "卖点"})
    en = _table(random, ("sku", "name", "price_usd"), _EN, lambda kind, n: f"{kind.title()} No. {n}")
    yield Example(en, {"time_budget_s": 5.0, "kind": "campaign", "must_have": ["Northwind"]})


def _table(
    random: np.random.Generator, names: Sequence[str], words: Mapping[str, Sequence[str]], call: object
) -> Table:
    assert callable(call)
    drawn = {column: _drawn(random, choices) for column, choices in words.items()}
    kinds = next(iter(drawn.values()))
    called = _words([call(kind, n) for n, kind in enumerate(kinds.tolist(), 11)])
    ids = _words([f"A{n:04d}" for n in range(_COUNT)])
    prices = np.round(random.uniform(9, 300, _COUNT), 0)
    columns = [Column(names[0], Kind.CATEGORY, Role.ID, distinct=_COUNT)]
    columns += [Column(names[1], Kind.CATEGORY, distinct=_COUNT)]
    columns += [Column(c, Kind.CATEGORY, distinct=len(set(v.tolist()))) for c, v in drawn.items()]
    columns += [Column(names[2], Kind.NUMBER, distinct=len(set(prices.tolist())))]
    return Table(tuple(columns), {names[0]: ids, names[1]: called, **drawn, names[2]: prices})


def _drawn(random: np.random.Generator, choices: Sequence[str]) -> NDArray[np.object_]:
    return _words([choices[place] for place in random.integers(0, len(choices), _COUNT)])


def _words(values: Sequence[str]) -> NDArray[np.object_]:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return held
