"""Metrics of recommended lists: are the relevant items in them, high up, and what do they show?

``truth`` is an object array (n,) of str: the codes of the relevant items of a question,
joined by spaces, never empty. Behind a "|" may stand those of them that were new when
asked, behind another what a prediction of the question's ratings missed (``truth_of``
writes it). ``item`` is (n, >= k) float codes, best first, -1 or NaN where
a list has no further item. Codes are positions in the catalogue. Relevance is yes or no.

``weight`` is None, (n,) or (draws, n), as everywhere: what a question scores is worked out
once, many bootstrap draws are one matrix product.

References
----------
Järvelin and Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques (nDCG).
Vargas and Castells (2011), Rank and relevance in novelty and diversity metrics for
recommender systems.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pilothouse.steps.evaluate.weighting import Value, Weight, ratio
from pilothouse.types.contest import Array, Scores

LOWER_IS_BETTER = frozenset({"popular_share", "rmse", "mae", "rmse_mean", "mae_mean"})
POPULAR = 0.1
"""Share of the catalogue that counts as its popular end."""
_DRAWS_AT_ONCE = 512
_CELLS_AT_ONCE = 20_000_000


@dataclass(frozen=True)
class Catalogue:
    """What is known of the items that could be shown.

    Parameters
    ----------
    items
        Size of the catalogue.
    share
        (items,) each item's share of the interactions that were learnt from.
    category
        (items,) category codes, -1 where unknown; or None.
    """

    items: int
    share: Array = field(repr=False)
    category: Array | None = field(default=None, repr=False)

    def popular(self) -> NDArray[np.bool_]:
        """Mark the most popular tenth, at least one item; ties go to the lower code."""
        marked = np.zeros(self.items, dtype=bool)
        marked[np.argsort(-self.share, kind="stable")[: int(np.ceil(POPULAR * self.items))]] = True
        return marked

    def surprise(self) -> NDArray[np.float64]:
        """Return (items,) -log2 of the share, in bits, after adding half the least share to each.

        The least share is mostly one interaction, so this is the estimate of Krichevsky and
        Trofimov: an item that nobody took is surprising, not infinitely so.
        """
        share = np.asarray(self.share, dtype=float)
        taken = share[share > 0]
        smoothed = share + (0.5 * taken.min() if len(taken) else 1.0)
        return np.asarray(-np.log2(smoothed / smoothed.sum()))


def measure_ranking(truth: Array, item: Array, k: int, catalogue: Catalogue, weight: Weight = None) -> Scores:
    """Score the first ``k`` places of each list, nDCG first.

    Parameters
    ----------
    truth
        (n,) relevant codes joined by spaces.
    item
        (n, >= k) codes, best first; -1 or NaN for none.
    weight
        None, (n,) or (draws, n).

    Returns
    -------
    Scores
        The means of ``per_question``, and of what is shown: ``coverage``, the share of the
        catalogue that is shown to anybody (of positive weight); ``novelty``, the mean surprise
        of a shown item in bits; ``diversity`` (see below); ``popular_share``, the share of
        shown items out of the most popular tenth. Without any shown item these are 0.
        ``new_recall``, the share of all relevant new items that stand in lists, and the
        errors of ``truth_of``, only where the truth tells of any.

        ``diversity`` is the chance that two items of one list differ in category, over pairs
        whose categories are known. Without categories it tells lists apart instead: the
        chance that two places drawn from all lists hold different items (Gini-Simpson).
    """
    shown = _codes(item, k)
    filled = shown >= 0
    own = per_question(truth, item, k)
    columns = [*own.values(), filled.sum(axis=1)]
    columns += [
        np.where(filled, of[shown], 0.0).sum(axis=1) for of in (catalogue.surprise(), catalogue.popular())
    ]
    whole = len(shown) if weight is None else np.asarray(weight, dtype=float).sum(-1)
    sums = _totals(np.stack(columns, axis=1), weight)
    values = {name: ratio(one, whole) for name, one in zip(own, sums, strict=False)}
    places, surprise, popular = sums[len(own) :]
    values["coverage"] = _coverage(shown, catalogue.items, weight)
    values["novelty"] = ratio(surprise, places, 0.0)
    values["diversity"] = _diversity(shown, catalogue, weight)
    values["popular_share"] = ratio(popular, places, 0.0)
    values |= _new_found(truth, item, k, weight) | _missed(truth, weight)
    return Scores(values, {name: name not in LOWER_IS_BETTER for name in values})


def per_question(truth: Array, item: Array, k: int) -> dict[str, NDArray[np.float64]]:
    """Score each question, (n,) each.

    Returns
    -------
    dict
        ``ndcg`` (ideal: min(k, relevant) hits at the top), ``hit_rate``, ``recall``,
        ``precision`` (of k places, also where a list is shorter), ``map`` (sum of the
        precision at each hit, over the number of relevant items) and ``mrr``.
    """
    right, relevant = _right(truth, item, k)
    place = np.arange(1, k + 1)
    discount = 1.0 / np.log2(place + 1)
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(relevant, k)]
    found = right.sum(axis=1)
    precision_at = np.cumsum(right, axis=1) / place
    return {
        "ndcg": (right * discount).sum(axis=1) / ideal,
        "hit_rate": (found > 0).astype(float),
        "recall": found / relevant,
        "precision": found / k,
        "map": (right * precision_at).sum(axis=1) / relevant,
        "mrr": (right / place).max(axis=1, initial=0.0),
    }


def hits(truth: Array, item: Array, k: int) -> NDArray[np.float64]:
    """Return (n,) 1 where the first ``k`` places hold a relevant item, else 0."""
    return _right(truth, item, k)[0].any(axis=1).astype(float)


def truth_of(codes: str, new: list[int], errors: tuple[float, ...] = ()) -> str:
    """Write a question's truth.

    Parameters
    ----------
    codes
        Relevant items, joined by spaces.
    new
        Those of them that were hardly learnt from.
    errors
        Number of ratings kept aside, sum of squares and sum of sizes of what a prediction
        missed them by, and both for always saying the average; empty without ratings.
    """
    return f"{codes}|{' '.join(map(str, new))}|{' '.join(map(repr, errors))}"


def codes_of(truth: str) -> list[str]:
    """Return the relevant items of one question's truth."""
    return truth.partition("|")[0].split()


def _behind(truth: Array, place: int) -> list[list[str]]:
    """Words behind the first or second mark of each truth, [] where there is none."""
    return [(one.split("|") + ["", ""])[place].split() for one in truth]


def _new_found(truth: Array, item: Array, k: int, weight: Weight) -> dict[str, Value]:
    """Share of the new relevant items that lists hold; nothing where there is none."""
    new = _behind(truth, 1)
    asked = np.flatnonzero([len(words) > 0 for words in new])
    if not len(asked):
        return {}
    own = np.array([" ".join(new[row]) for row in asked], dtype=object)
    right, relevant = _right(own, np.asarray(item)[asked], k)
    sums = np.zeros((len(new), 2))
    sums[asked, 0], sums[asked, 1] = right.sum(axis=1), relevant
    return {"new_recall": ratio(*_totals(sums, weight))}


def _missed(truth: Array, weight: Weight) -> dict[str, Value]:
    """Errors of predicted ratings, and of always saying the average; nothing where there are no ratings."""
    told = [words or ["0"] * 5 for words in _behind(truth, 2)]
    sums = np.array(told, dtype=np.float64).reshape(-1, 5)
    if not sums[:, 0].any():
        return {}
    count, square, size, plain_square, plain_size = _totals(sums, weight)
    return {
        "rmse": _root(ratio(square, count)),
        "mae": ratio(size, count),
        "rmse_mean": _root(ratio(plain_square, count)),
        "mae_mean": ratio(plain_size, count),
    }


def _root(value: Value) -> Value:
    return np.sqrt(value) if isinstance(value, np.ndarray) else float(np.sqrt(value))


def _codes(item: Array, k: int) -> NDArray[np.int64]:
    given = np.asarray(item, dtype=float)
    if given.ndim != 2 or given.shape[1] < k:
        raise ValueError(f"lists of shape {given.shape} hold no {k} places")
    return np.asarray(np.nan_to_num(given[:, :k], nan=-1.0).astype(np.int64))


def _right(truth: Array, item: Array, k: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which of the (n, k) places are hits, and how many items are relevant to each question.

    An item that a list repeats is a hit once; one that a truth repeats counts once.
    """
    shown = _codes(item, k)
    words = [codes_of(one) for one in truth]
    sizes = np.fromiter((len(one) for one in words), dtype=np.int64, count=len(words))
    if not sizes.all():
        raise ValueError("a question has no relevant item")
    codes = np.array([word for one in words for word in one], dtype=np.int64)
    base = int(max(codes.max(initial=0), shown.max(initial=0))) + 1
    wanted = np.unique(np.repeat(np.arange(len(words)), sizes) * base + codes)
    relevant = np.bincount(wanted // base, minlength=len(words))
    keys = np.where(shown >= 0, np.arange(len(shown))[:, None] * base + shown, -1).ravel()
    places = np.flatnonzero(np.isin(keys, wanted))
    right = np.zeros(keys.shape, dtype=bool)
    right[places[np.unique(keys[places], return_index=True)[1]]] = True
    return right.reshape(shown.shape), relevant


def _totals(columns: NDArray[np.float64], weight: Weight) -> NDArray[np.float64]:
    """Weighted sums of each column of (n, columns): (columns,) or (columns, draws)."""
    if weight is None:
        return np.asarray(columns.sum(axis=0))
    return np.asarray((np.asarray(weight, dtype=float) @ columns).T)


def _coverage(shown: NDArray[np.int64], items: int, weight: Weight) -> Value:
    """Count the items that each draw shows to anybody, exactly.

    A question's draws are the bits of a few words. What an item is shown in is the *or*
    over its questions: 64 draws an operation.
    """
    if weight is None:
        return len(np.unique(shown[shown >= 0])) / items
    present = np.atleast_2d(np.asarray(weight)) > 0
    row, place = np.nonzero(shown >= 0)
    code = shown[row, place]
    if not len(code):
        return 0.0 if np.ndim(weight) == 1 else np.zeros(len(present))
    order = np.argsort(code, kind="stable")
    asked = row[order]
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    counts = []
    for first in range(0, len(present), _DRAWS_AT_ONCE):
        block = present[first : first + _DRAWS_AT_ONCE]
        padded = np.zeros((len(shown), _DRAWS_AT_ONCE), dtype=bool)
        padded[:, : len(block)] = block.T
        words = np.packbits(padded, axis=1).view(np.uint64)
        seen = np.bitwise_or.reduceat(words[asked], starts, axis=0)
        counts.append(np.unpackbits(seen.view(np.uint8), axis=1).sum(axis=0, dtype=np.int64)[: len(block)])
    result = np.concatenate(counts) / items
    return float(result[0]) if np.ndim(weight) == 1 else result


def _diversity(shown: NDArray[np.int64], catalogue: Catalogue, weight: Weight) -> Value:
    if catalogue.category is None or not np.any(catalogue.category >= 0):
        return _exposure_diversity(shown, catalogue.items, weight)
    category = np.where(shown >= 0, np.asarray(catalogue.category)[shown], -1)
    row, place = np.nonzero(category >= 0)
    base = int(category.max(initial=0)) + 1
    known = np.bincount(row, minlength=len(shown))
    groups, sizes = np.unique(row * base + category[row, place], return_counts=True)
    same = np.bincount(groups // base, weights=sizes * (sizes - 1) / 2, minlength=len(shown))
    pairs = known * (known - 1) / 2
    differing, all_pairs = _totals(np.stack([pairs - same, pairs], axis=1), weight)
    return ratio(differing, all_pairs, 0.0)


def _exposure_diversity(shown: NDArray[np.int64], items: int, weight: Weight) -> Value:
    """Chance that two shown places hold different items: 1 - sum of squared shares of places."""
    from scipy.sparse import csr_matrix

    row, place = np.nonzero(shown >= 0)
    lists = csr_matrix((np.ones(len(row)), (shown[row, place], row)), shape=(items, len(shown)))
    weights = np.ones((1, len(shown))) if weight is None else np.atleast_2d(np.asarray(weight, dtype=float))
    found = []
    size = max(1, _CELLS_AT_ONCE // max(1, items))
    for first in range(0, len(weights), size):
        exposure = lists @ weights[first : first + size].T
        whole = exposure.sum(axis=0)
        alike = ratio((exposure**2).sum(axis=0), whole**2, 1.0)
        found.append(1.0 - np.atleast_1d(alike))
    result = np.concatenate(found)
    return result if weight is not None and np.ndim(weight) == 2 else float(result[0])
