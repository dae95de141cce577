"""A sound LightGBM text before LightGBM sees it.

LightGBM trusts its own files: a child that points back makes it loop for ever, one
that points outside makes it read foreign memory. This checks that every tree can be
walked, ends, and stays inside its arrays. It does not judge whether the model is good.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

_CATEGORICAL = 1


def check_booster(text: str) -> None:
    """Raise ValueError when a tree of ``text`` cannot be walked safely.

    Parameters
    ----------
    text
        A LightGBM model as text, version 4.
    """
    head, _, rest = text.partition("\n\n")
    fields = _fields(head)
    if fields.get("version") != "v4" or "\nend of trees\n" not in text:
        raise ValueError("not a whole LightGBM text of version 4")
    sizes = [int(size) for size in fields.get("tree_sizes", "").split()]
    last_feature = int(fields["max_feature_idx"])
    rest = rest.lstrip("\n").encode().decode("latin-1")  # sizes count bytes
    place = 0
    for number, size in enumerate(sizes):
        block = rest[place : place + size]
        if size <= 0 or not block.startswith(f"Tree={number}\n"):
            raise ValueError(f"tree {number} is not where it should be")
        _check_tree(_fields(block), last_feature)
        place += size
    per_round = int(fields["num_tree_per_iteration"])
    if not rest[place:].startswith("end of trees") or per_round < 1 or len(sizes) % per_round:
        raise ValueError("trees are missing or too many")


def _fields(block: str) -> dict[str, str]:
    """``name=value`` lines; a name that stands twice is refused."""
    fields: dict[str, str] = {}
    for line in block.splitlines():
        name, found, value = line.partition("=")
        if found:
            if name in fields:
                raise ValueError(f"{name} stands twice")
            fields[name] = value
    return fields


def _check_tree(fields: dict[str, str], last_feature: int) -> None:
    """Every split looks at a known feature and leads onwards to a split or a leaf."""
    leaves = int(fields["num_leaves"])
    if leaves < 1 or fields.get("is_linear", "0") != "0" or len(fields["leaf_value"].split()) != leaves:
        raise ValueError("leaves do not match")
    if leaves == 1:
        return
    names = ("split_feature", "left_child", "right_child", "decision_type")
    whole = {name: _whole(fields[name]) for name in names}
    thresholds = np.array(fields["threshold"].split(), dtype=np.float64)
    if any(len(one) != leaves - 1 for one in (*whole.values(), thresholds)):
        raise ValueError("splits do not match")
    feature = whole["split_feature"]
    if feature.min() < 0 or feature.max() > last_feature:
        raise ValueError("a split looks at no known feature")
    own = np.arange(leaves - 1)
    for child in (whole["left_child"], whole["right_child"]):
        onward = (child > own) & (child < leaves - 1)
        leaf = (child < 0) & (-child <= leaves)
        if not (onward | leaf).all():
            raise ValueError("a split leads nowhere")
    _check_categories(fields, thresholds[(whole["decision_type"] & _CATEGORICAL) > 0])


def _check_categories(fields: dict[str, str], sets: np.ndarray) -> None:
    """Sets of categories lie inside their array."""
    count = int(fields["num_cat"])
    if not count:
        if sets.size:
            raise ValueError("a split by category without categories")
        return
    edges = _whole(fields["cat_boundaries"]).tolist()
    kept = len(_whole(fields["cat_threshold"]))
    rising = edges[0] == 0 and edges[-1] == kept and all(a <= b for a, b in pairwise(edges))
    inside = sets.size == 0 or (sets.min() >= 0 and sets.max() < count and (sets == np.floor(sets)).all())
    if len(edges) != count + 1 or not rising or not inside:
        raise ValueError("sets of categories do not match")


def _whole(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=np.int64)
