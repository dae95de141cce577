"""The panels of ``classify`` alone: mistakes as texts, words that decided."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.models.labels.asked import AskedModel
from pilothouse.models.labels.deciding import deciding_words
from pilothouse.models.labels.simple import texts_of
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.scenario import Panel
from pilothouse.steps.explain.labels import confusion, surest_mistakes
from pilothouse.types import Answers, Questions

MISTAKES, EXAMPLES = 12, 6
_LONGEST = 160
_LABELS, _WORDS, _A_LABEL = 20, 8, 60


def confusion_panel(questions: Questions, answers: Answers) -> Panel:
    """Which labels are taken for which."""
    chart, header, rows = confusion(questions, answers)
    wrong = len(surest_mistakes(questions, answers, 1))
    said = "labels.panel_mistakes_told" if wrong else "labels.panel_no_mistakes"
    told = say(said, rows=len(np.asarray(questions.truth)), what=say("labels.texts"))
    return Panel(say("labels.panel_mistakes"), told, (), chart, header, rows)


def mistakes_panel(questions: Questions, answers: Answers) -> list[Panel]:
    """Some mistakes as they were written, personal values masked: the surest first."""
    truth, said, classes = np.asarray(questions.truth), answers["probability"], questions.classes
    texts = texts_of(questions.requests)
    rows: tuple[tuple[Message | str, ...], ...] = tuple(
        (
            shortened(texts[row]),
            classes[truth[row]],
            classes[int(said[row].argmax())],
            f"{100 * said[row].max():.0f}%",
        )
        for row in surest_mistakes(questions, answers, MISTAKES).tolist()
    )
    if not rows:
        return []
    header = (say("classify.text"), say("labels.really"), say("labels.told"), say("classify.sure"))
    return [
        Panel(say("classify.panel_examples"), say("classify.panel_examples_told"), header=header, rows=rows)
    ]


def words_panels(model: Any, questions: Questions, answers: Answers) -> list[Panel]:
    """Words that decided: label by label where every word has a weight, then for a few texts."""
    if isinstance(model, AskedModel):
        return []
    told = answers["probability"].argmax(axis=1)
    texts = texts_of(questions.requests)
    panels = [_by_label(model, questions, told, texts)] if isinstance(model, WeighedModel) else []
    chosen = [int(np.flatnonzero(told == label)[0]) for label in np.unique(told)[:EXAMPLES]]
    found = deciding_words(model, [texts[row] for row in chosen], told[chosen])
    rows: tuple[tuple[Message | str, ...], ...] = tuple(
        (
            shortened(texts[row]),
            questions.classes[told[row]],
            ", ".join(word for word, weight in words if weight > 0 and word)[:_LONGEST],
            ", ".join(word for word, weight in words[: 3 * _WORDS] if weight < 0)[:_LONGEST],
        )
        for row, words in zip(chosen, [one[: 2 * _WORDS] for one in found], strict=True)
    )
    header = (
        say("classify.text"),
        say("labels.told"),
        say("classify.words_for"),
        say("classify.words_against"),
    )
    return [
        *panels,
        Panel(say("classify.panel_decided"), say("classify.panel_decided_told"), header=header, rows=rows),
    ]


def _by_label(model: Any, questions: Questions, told: Any, texts: list[str]) -> Panel:
    """Add up what words added to the answers of each label."""
    rows = []
    for label in np.unique(told)[:_LABELS].tolist():
        own = np.flatnonzero(told == label)[:_A_LABEL]
        total: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        for words in deciding_words(model, [texts[row] for row in own], told[own]):
            for word, weight in words:
                total[word] += weight  # type: ignore[assignment]
                seen[word] += 1
        often = [(weight, word) for word, weight in total.items() if seen[word] > 1 and weight > 0]
        listed = ", ".join(word for _, word in sorted(often, key=lambda one: (-one[0], one[1]))[:_WORDS])
        rows.append((questions.classes[label], listed))
    header = (say("labels.label"), say("classify.words_for"))
    return Panel(
        say("classify.panel_words"), say("classify.panel_words_told"), header=header, rows=tuple(rows)
    )


def shortened(text: str) -> str:
    """Cut a long text."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
