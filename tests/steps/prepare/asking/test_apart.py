"""Neighbours stay together, what answers alike counts as one, and new entries move no old one."""

from __future__ import annotations

import numpy as np

from pilothouse.steps.prepare.asking.apart import alike, kept_aside, neighbours

QUESTIONS = [
    "How do I reset my password?",
    "how do i reset my password",
    "What is the fee for a gift card?",
    "What is the fee for gift cards, please?",
    "When do you open on Sunday?",
]
ANSWERS = [
    "Open the settings page.",
    "Use the link.",
    "25 euros for each card.",
    "25 euros for each card.",
    "At ten.",
]


def test_same_question_or_same_answer_is_alike() -> None:
    assert alike(QUESTIONS, ANSWERS).tolist() == [0, 0, 2, 2, 4]
    assert alike(["", ""], ["yes", "yes"]).tolist() == [0, 1]  # too short to tell


def test_near_questions_are_neighbours() -> None:
    groups = alike(QUESTIONS, [f"answer number {i} of all" for i in range(5)])
    assert groups.tolist() == [0, 0, 2, 2, 4] or groups.tolist() == [0, 0, 2, 3, 4]
    found = neighbours(QUESTIONS, groups)
    assert found[0] == found[1] and found[2] == found[3] and len(set(found.tolist())) == 3


def test_clusters_are_kept_aside_whole_and_stay_when_others_join() -> None:
    texts = [f"text {i}" for i in range(200)]
    clusters = np.arange(200) // 2 * 2
    aside = kept_aside(texts, clusters, 3)
    assert (aside[::2] == aside[1::2]).all() and 45 <= aside.sum() <= 50
    grown = kept_aside(
        [*texts, *(f"new {i}" for i in range(20))], np.concatenate([clusters, 200 + np.arange(20)]), 3
    )
    assert (aside[grown[:200] != aside].size) <= 8
    assert (kept_aside(texts, clusters, 4) != aside).any()
