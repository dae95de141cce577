from __future__ import annotations

import numpy as np

from pilothouse.models.pictures.head import Head, softmax

RANDOM = np.random.default_rng(0)


def test_head_tells_clouds_apart_and_comes_back() -> None:
    truth = np.repeat([0, 1, 2], 40)
    parts = RANDOM.normal(0, 0.5, (120, 5)) + np.eye(3, 5)[truth] * 4
    head = Head.learn(parts, truth, 3, 1.0)
    said = head.answer(parts)
    assert (said.argmax(axis=1) == truth).mean() > 0.97
    assert np.allclose(said.sum(axis=1), 1.0)
    assert (Head.restore(head.arrays()).answer(parts) == said).all()


def test_labels_that_were_never_seen_get_little() -> None:
    parts = RANDOM.normal(0, 1, (30, 4))
    two = Head.learn(parts, (parts[:, 0] > 0).astype(np.int64), 4, 1.0)
    assert two.answer(parts)[:, 2:].max() < 1e-3
    one = Head.learn(parts, np.full(30, 2), 4, 1.0)
    assert (one.answer(parts).argmax(axis=1) == 2).all()


def test_softmax_bears_large_margins() -> None:
    assert softmax(np.array([[1e4, 0.0], [-1e4, -1e4]])).tolist() == [[1.0, 0.0], [0.5, 0.5]]
