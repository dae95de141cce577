"""Values against formulas written out by hand, weights against a loop, and order."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.steps.evaluate.metrics_ranking import (
    Catalogue,
    codes_of,
    hits,
    measure_ranking,
    per_question,
    truth_of,
)


def lists(questions=60, items=40, depth=12, seed=0):
    random = np.random.default_rng(seed)
    item = np.stack([random.permutation(items)[:depth] for _ in range(questions)]).astype(float)
    item[random.random(questions) < 0.2, 7:] = -1
    item[3] = np.nan
    truth = np.array(
        [" ".join(map(str, random.permutation(items)[: random.integers(1, 15)])) for _ in range(questions)],
        dtype=object,
    )
    share = random.random(items) ** 3
    share[5] = 0.0
    return truth, item, Catalogue(items, share / share.sum(), random.integers(-1, 4, items))


def by_hand(truth, item, k):
    """One question, by the definitions."""
    wanted = {int(word) for word in truth.split()}
    right = [int(code in wanted) for code in np.nan_to_num(item[:k], nan=-1)]
    gain = sum(r / np.log2(p + 2) for p, r in enumerate(right))
    best = sum(1 / np.log2(p + 2) for p in range(min(k, len(wanted))))
    return {
        "ndcg": gain / best,
        "hit_rate": float(any(right)),
        "recall": sum(right) / len(wanted),
        "precision": sum(right) / k,
        "map": sum(sum(right[: p + 1]) / (p + 1) for p in range(len(right)) if right[p]) / len(wanted),
        "mrr": next((1 / (p + 1) for p, r in enumerate(right) if r), 0.0),
    }


@pytest.mark.parametrize("k", [1, 5, 12])
def test_each_question_equals_the_definitions(k):
    truth, item, _ = lists()
    found = per_question(truth, item, k)
    for row in range(len(truth)):
        for name, expected in by_hand(truth[row], item[row], k).items():
            assert found[name][row] == pytest.approx(expected, abs=1e-12), (row, name)
    assert hits(truth, item, k).tolist() == found["hit_rate"].tolist()


def test_ndcg_equals_scikit_learn():
    from sklearn.metrics import ndcg_score

    truth, item, _ = lists(seed=2)
    full = ~np.isnan(item).any(axis=1) & (item >= 0).all(axis=1)
    for row in np.flatnonzero(full):
        relevance, score = np.zeros(40), np.zeros(40)
        relevance[[int(word) for word in truth[row].split()]] = 1
        score[item[row].astype(int)] = np.arange(12, 0, -1)
        expected = ndcg_score([relevance], [score], k=10)
        assert per_question(truth[[row]], item[[row]], 10)["ndcg"][0] == pytest.approx(expected, abs=1e-12)


def test_known_values():
    truth = np.array(["3 17 901", "2"], dtype=object)
    item = np.array([[17.0, 4.0, 901.0, -1.0], [5.0, 6.0, 7.0, 2.0]])
    catalogue = Catalogue(1000, np.full(1000, 0.001))
    found = measure_ranking(truth, item, 3, catalogue).values
    assert next(iter(found)) == "ndcg"
    assert found["ndcg"] == pytest.approx(0.5 * 1.5 / (1.5 + 1 / np.log2(3)))
    assert found["hit_rate"] == 0.5
    assert found["recall"] == pytest.approx(1 / 3)
    assert found["precision"] == pytest.approx(1 / 3)
    assert found["map"] == pytest.approx(0.5 * (1 + 2 / 3) / 3)
    assert found["mrr"] == 0.5
    assert found["coverage"] == pytest.approx(6 / 1000)
    assert found["novelty"] == pytest.approx(np.log2(1000))
    assert found["diversity"] == pytest.approx(5 / 6)


def test_what_is_repeated_counts_once():
    truth = np.array(["4 4 9"], dtype=object)
    found = per_question(truth, np.array([[4.0, 4.0, 1.0]]), 3)
    assert found["recall"][0] == 0.5
    assert found["ndcg"][0] == pytest.approx(1 / (1 + 1 / np.log2(3)))


def shown_by_hand(item, k, catalogue, weights):
    """Coverage, novelty, diversity and popular share of repeated lists."""
    shown = [[int(c) for c in np.nan_to_num(row[:k], nan=-1) if c >= 0] for row in item]
    rows = [shown[r] for r in range(len(shown)) for _ in range(int(weights[r]))]
    flat = [code for row in rows for code in row]
    top = np.argsort(-catalogue.share, kind="stable")[: int(np.ceil(catalogue.items / 10))]
    half = catalogue.share[catalogue.share > 0].min() / 2
    bits = -np.log2((catalogue.share + half) / (catalogue.share + half).sum())
    pairs = [
        catalogue.category[a] != catalogue.category[b]
        for row in rows
        for i, a in enumerate(row)
        for b in row[:i]
        if catalogue.category[a] >= 0 and catalogue.category[b] >= 0
    ]
    return {
        "coverage": len(set(flat)) / catalogue.items,
        "novelty": np.mean(bits[flat]),
        "diversity": np.mean(pairs),
        "popular_share": np.mean([code in top for code in flat]),
    }


def test_what_is_shown_equals_counting_repeated_lists():
    truth, item, catalogue = lists(questions=30, items=200, seed=4)
    for seed in range(3):
        weights = np.random.default_rng(seed).integers(0, 3, 30).astype(float)
        found = measure_ranking(truth, item, 5, catalogue, weights).values
        for name, expected in shown_by_hand(item, 5, catalogue, weights).items():
            assert found[name] == pytest.approx(expected, abs=1e-12), name


def test_without_categories_diversity_tells_lists_apart():
    share = np.full(6, 1 / 6)
    truth = np.array(["0", "0"], dtype=object)

    def diversity(item, category=None):
        return measure_ranking(truth, np.array(item), 2, Catalogue(6, share, category)).values["diversity"]

    assert diversity([[1.0, 2.0], [1.0, 2.0]]) == pytest.approx(0.5)
    assert diversity([[1.0, 2.0], [3.0, 4.0]]) == pytest.approx(0.75)
    assert diversity([[1.0, 2.0], [3.0, 4.0]], np.full(6, -1)) == pytest.approx(0.75)


@pytest.mark.parametrize("categories", [True, False])
def test_draws_equal_a_loop_over_them(categories):
    truth, item, catalogue = lists(seed=5)
    if not categories:
        catalogue = Catalogue(catalogue.items, catalogue.share)
    weights = np.random.default_rng(1).integers(0, 3, (700, len(truth))).astype(float)
    weights[2, 10:] = 0.0
    drawn = measure_ranking(truth, item, 10, catalogue, weights)
    one_by_one = [measure_ranking(truth, item, 10, catalogue, w).values for w in weights]
    for name, values in drawn.values.items():
        assert values == pytest.approx([one[name] for one in one_by_one], abs=1e-9), name
    ones = measure_ranking(truth, item, 10, catalogue, np.ones(len(truth))).values
    assert measure_ranking(truth, item, 10, catalogue).values == pytest.approx(ones, abs=1e-12)


def test_order_of_questions_does_not_matter():
    truth, item, catalogue = lists(seed=6)
    weights = np.random.default_rng(2).integers(0, 3, (5, len(truth)))
    order = np.random.default_rng(3).permutation(len(truth))
    first = measure_ranking(truth, item, 10, catalogue, weights).values
    second = measure_ranking(truth[order], item[order], 10, catalogue, weights[:, order]).values
    for name, values in first.items():
        assert values == pytest.approx(second[name], abs=1e-12), name


def test_empty_lists_are_numbers():
    truth = np.array(["1", "2"], dtype=object)
    for category in (None, np.array([0, 1, -1])):
        catalogue = Catalogue(3, np.array([0.5, 0.5, 0.0]), category)
        for weight in (None, np.ones(2), np.ones((4, 2))):
            found = measure_ranking(truth, np.full((2, 10), np.nan), 10, catalogue, weight).values
            assert all(np.all(np.asarray(value) == 0.0) for value in found.values()), found


def test_a_question_without_truth_is_refused():
    with pytest.raises(ValueError, match="no relevant item"):
        hits(np.array([""], dtype=object), np.zeros((1, 10)), 10)


def test_lists_shorter_than_k_are_refused():
    with pytest.raises(ValueError, match="10 places"):
        hits(np.array(["1"], dtype=object), np.zeros((1, 4)), 10)


def test_only_popular_share_is_better_when_lower():
    truth, item, catalogue = lists()
    scores = measure_ranking(truth, item, 10, catalogue)
    assert scores.primary == "ndcg"
    assert [name for name, up in scores.higher_is_better.items() if not up] == ["popular_share"]
    assert all(name.isidentifier() for name in scores.values)


def marked():
    """Three questions: two new items of which one is found, none, one that is not found."""
    truth = [truth_of("1 2 3", [2, 3], (2, 1.0, 1.0, 8.0, 4.0)), truth_of("4", []), truth_of("5", [5])]
    item = np.array([[2.0, 1.0], [4.0, 0.0], [0.0, 1.0]])
    return np.array(truth, dtype=object), item, Catalogue(6, np.full(6, 1 / 6))


def test_what_stands_behind_a_truth_changes_no_other_figure():
    truth, item, catalogue = marked()
    plain = np.array([" ".join(codes_of(one)) for one in truth], dtype=object)
    found, bare = (measure_ranking(t, item, 2, catalogue).values for t in (truth, plain))
    assert {name: found[name] for name in bare} == bare
    assert set(found) - set(bare) == {"new_recall", "rmse", "mae", "rmse_mean", "mae_mean"}


def test_new_items_are_found_as_a_share_of_all_that_were_wanted():
    truth, item, catalogue = marked()
    weight = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [2.0, 0.0, 1.0]])
    assert measure_ranking(truth, item, 2, catalogue).values["new_recall"] == pytest.approx(1 / 3)
    told = measure_ranking(truth, item, 2, catalogue, weight).values["new_recall"]
    np.testing.assert_allclose(told, [1 / 2, np.nan, 2 / 5])
    assert "new_recall" not in measure_ranking(truth[1:2], item[1:2], 2, catalogue).values


def test_errors_of_ratings_are_pooled_over_ratings():
    truth, item, catalogue = marked()
    truth[1] = truth_of("4", [], (1, 4.0, 2.0, 1.0, 1.0))
    scores = measure_ranking(truth, item, 2, catalogue)
    told = {name: scores.values[name] for name in ("rmse", "mae", "rmse_mean", "mae_mean")}
    assert told == pytest.approx({"rmse": (5 / 3) ** 0.5, "mae": 1.0, "rmse_mean": 3**0.5, "mae_mean": 5 / 3})
    assert not any(scores.higher_is_better[name] for name in told)
    weighted = measure_ranking(truth, item, 2, catalogue, np.array([[0.0, 3.0, 1.0], [0.0, 0.0, 1.0]]))
    np.testing.assert_allclose(weighted.values["rmse"], [2.0, np.nan])
