"""A small tree that imitates a model, and how often it agrees.

The tree is fitted on some rows and its agreement measured on others. It explains the
model's answers, not the world, and it is never used to answer.

References
----------
Craven and Shavlik (1996), Extracting tree-structured representations of trained
networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.models.encoding import Levels, features
from pilothouse.steps.explain.wording import joined, of_100, shown
from pilothouse.steps.prepare.leaks.single import as_numbers
from pilothouse.types import Kind, Table

Matrix = NDArray[np.float64]

MOST_ROWS = 20_000
MOST_WORDS = 12
KEPT_ASIDE = 0.3
FEWEST_ROWS = 10


_Limit = tuple[float, bool]  # where a node cuts, and whether missing values come along
_Limits = dict[tuple[int, bool], _Limit]  # by column of the matrix and by "above"


@dataclass(frozen=True)
class Tree:
    """A small tree: its leaves in words, the surest first, and its agreement on rows not fitted."""

    rules: tuple[Message, ...]
    agreement: float


@dataclass(frozen=True)
class _Split:
    """One column of the tree's matrix: a number or time, or one word of a category."""

    column: str
    kind: Kind
    word: str | None = None


@dataclass(frozen=True)
class _Words:
    """How a tree is told: its columns, which of them have gaps, its classes (None: flagged or not)."""

    splits: tuple[_Split, ...]
    gaps: frozenset[int]
    names: tuple[Any, ...] | None


def surrogate(
    requests: Table,
    answers: NDArray[Any],
    classes: tuple[str, ...] = (),
    *,
    max_leaves: int = 6,
    seed: int = 0,
) -> Tree | None:
    """Fit a tree of at most ``max_leaves`` leaves to a model's answers.

    Parameters
    ----------
    requests
        Shape (n,) rows.
    answers
        Shape (n,): booleans (flagged or not), class numbers into ``classes``, or floats
        (imitated as low, middle and high thirds).
    classes
        Labels of class numbers.
    max_leaves, seed
        Size of the tree; which rows are fitted.

    Returns
    -------
    Tree or None
        None where the model gives the same answer to every row it is fitted on, or with fewer than 40.
    """
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(seed)
    order = rng.permutation(requests.rows)[:MOST_ROWS]
    target, names = _as_classes(answers[order], classes)
    cut = int(len(order) * (1 - KEPT_ASIDE))
    if len(order) < 40 or len(np.unique(target[:cut])) < 2:
        return None
    splits, matrix = _matrix(requests.take(order))
    fewest = max(FEWEST_ROWS, cut // 100)
    tree = DecisionTreeClassifier(max_leaf_nodes=max_leaves, min_samples_leaf=fewest, random_state=seed)
    tree.fit(matrix[:cut], target[:cut])
    agreement = float(np.mean(tree.predict(matrix[cut:]) == target[cut:]))
    gaps = frozenset(np.flatnonzero(np.isnan(matrix).any(axis=0)).tolist())
    words = _Words(tuple(splits), gaps, None if answers.dtype == bool else names)
    return Tree(_rules(tree, words), agreement)


def _as_classes(answers: NDArray[Any], classes: tuple[str, ...]) -> tuple[NDArray[np.int64], tuple[Any, ...]]:
    """Class numbers and what each is called."""
    if answers.dtype == bool or classes:
        return answers.astype(np.int64), classes
    low, high = (float(q) for q in np.quantile(answers, [1 / 3, 2 / 3]))
    names = (
        say("explain.low_third", high=shown(low)),
        say("explain.middle_third", low=shown(low), high=shown(high)),
        say("explain.high_third", low=shown(high)),
    )
    return np.searchsorted([low, high], answers, side="left").astype(np.int64), names


def _matrix(rows: Table) -> tuple[list[_Split], Matrix]:
    splits: list[_Split] = []
    parts: list[Matrix] = []
    for column in features(rows):
        values = rows[column.name]
        numbers = as_numbers(values)
        if numbers is not None:
            splits.append(_Split(column.name, column.kind))
            parts.append(numbers)
            continue
        for word in Levels.learn(column.name, values, FEWEST_ROWS, MOST_WORDS).names:
            splits.append(_Split(column.name, column.kind, word))
            parts.append(np.array([v == word for v in values], dtype=np.float64))
    return splits, np.column_stack(parts) if parts else np.zeros((rows.rows, 0))


def _rules(tree: Any, words: _Words) -> tuple[Message, ...]:
    """Walk from the root to each leaf."""
    shape = tree.tree_
    leaves: list[tuple[float, Message]] = []

    def walk(node: int, limits: _Limits) -> None:
        feature = int(shape.feature[node])
        if feature < 0:
            leaves.append(_leaf(tree, node, _conditions(words, limits), words.names))
            return
        cut, missing_left = float(shape.threshold[node]), bool(shape.missing_go_to_left[node])
        walk(int(shape.children_left[node]), {**limits, (feature, False): (cut, missing_left)})
        walk(int(shape.children_right[node]), {**limits, (feature, True): (cut, not missing_left)})

    walk(0, {})
    leaves.sort(key=lambda pair: -pair[0])
    return tuple(message for _, message in leaves)


def _conditions(words: _Words, limits: _Limits) -> list[Message]:
    """The path's conditions: later cuts of a column replace wider ones; "is not" gives way to "is"."""
    splits = words.splits
    settled = {splits[f].column for f, up in limits if up and splits[f].word is not None}
    told = []
    for feature in dict.fromkeys(f for f, _ in limits):
        split, is_true = splits[feature], (feature, True) in limits
        if split.word is None:
            told.append(_range(words, feature, limits.get((feature, True)), limits.get((feature, False))))
        elif is_true or split.column not in settled:
            key = "explain.is" if is_true else "explain.is_not"
            told.append(say(key, column=split.column, value=shown(split.word)))
    return told


def _range(words: _Words, feature: int, low: _Limit | None, high: _Limit | None) -> Message:
    """What a path asks of one number or time: above ``low``, at most ``high``."""
    split = words.splits[feature]
    is_time = split.kind is Kind.TIME

    def said(limit: _Limit) -> str:
        return str(np.datetime64(0, "D") + int(np.floor(limit[0]))) if is_time else shown(limit[0])

    if low and high:
        told = say("explain.between", column=split.column, low=said(low), high=said(high))
    elif low:
        told = say("explain.after" if is_time else "explain.above", column=split.column, value=said(low))
    else:
        assert high is not None
        told = say("explain.until" if is_time else "explain.at_most", column=split.column, value=said(high))
    stays = all(limit[1] for limit in (low, high) if limit)
    return say("explain.or_missing", what=told) if feature in words.gaps and stays else told


def _leaf(
    tree: Any, node: int, conditions: list[Message], names: tuple[Any, ...] | None
) -> tuple[float, Message]:
    """A leaf's sentence and how far up it belongs."""
    shares = tree.tree_.value[node][0]
    shares = shares / shares.sum()
    told = {
        "when": joined(conditions),
        "share": of_100(tree.tree_.n_node_samples[node] / tree.tree_.n_node_samples[0]),
    }
    if names is None:
        hits = float(shares[list(tree.classes_).index(1)])
        return hits, say("explain.leaf_flagged", hits=of_100(hits), **told)
    best = int(shares.argmax())
    outcome = names[int(tree.classes_[best])]
    key = "explain.leaf_number" if isinstance(outcome, Message) else "explain.leaf_class"
    return float(shares[best]), say(key, outcome=outcome, hits=of_100(float(shares[best])), **told)
