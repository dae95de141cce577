"""What the report shows of answers: questions by kind, the price of refusing, retrieval, examples."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.models.retrieval.answerer import NOTHING, QUESTION, AnswerModel
from pilothouse.scenario import Panel
from pilothouse.scenarios.answer.judging import writers
from pilothouse.scenarios.answer.release import ServedAnswers
from pilothouse.steps.evaluate.metrics_answers import (
    RIGHT_ANSWER,
    RIGHT_DECLINE,
    WRONG_ANSWER,
    WRONG_DECLINE,
    first_right,
    measure_answers,
    outcome,
)
from pilothouse.steps.prepare.answers import KIND, ORIGIN
from pilothouse.steps.prepare.asking.sheet import KINDS
from pilothouse.types import Answers, Questions

_EXAMPLES, _TIMED, _POINTS = 3, 50, 41
_CUT = 160
_SHOWN = (
    ("right", RIGHT_ANSWER),
    ("wrong", WRONG_ANSWER),
    ("refused", WRONG_DECLINE),
    ("declined", RIGHT_DECLINE),
)
_RETRIEVAL = (
    "hit_1",
    "hit_3",
    "hit_10",
    "mrr",
    "ndcg_10",
    "cited_right",
    "declined_rightly",
    "false_refusals",
)


@dataclass(frozen=True)
class _Judged:
    """Questions kept aside with what became of them under winner and baseline."""

    served: ServedAnswers
    questions: Questions = field(repr=False)
    winner: Answers = field(repr=False)
    baseline: Answers = field(repr=False)

    @property
    def truth(self) -> NDArray[np.object_]:
        return np.asarray(self.questions.truth)

    def became(self, answers: Answers) -> NDArray[np.float64]:
        return outcome(self.truth, answers)


def panels(served: ServedAnswers, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
    """Lay the panels out; ``answers`` hold the winner's first, then the baseline's."""
    winner, baseline = list(answers.values())[:2]
    judged = _Judged(served, questions, winner, baseline)
    return [_examples(judged), _by_kind(judged), _refusing(judged), _retrieval(judged)]


def _by_kind(judged: _Judged) -> Panel:
    """Share handled rightly, of each kind of question and origin."""
    kinds, origins = judged.questions.requests[KIND], judged.questions.requests[ORIGIN]
    mine, theirs = (judged.became(a) >= RIGHT_ANSWER for a in (judged.winner, judged.baseline))
    first = first_right(judged.truth, judged.winner["item"]) <= 1
    rows: list[tuple[Message | str, ...]] = []
    points = []
    for kind in KINDS:
        for origin in sorted(set(origins[kinds == kind].tolist())):
            own = (kinds == kind) & (origins == origin)
            words, who = say(f"answer.kind_{kind}"), say(f"answer.origin_{origin}")
            hit = f"{first[own].mean():.0%}" if any(judged.truth[own]) else "–"
            rows.append(
                (words, who, f"{own.sum()}", f"{mine[own].mean():.0%}", f"{theirs[own].mean():.0%}", hit)
            )
            for side, told in (("winner", mine), ("baseline", theirs)):
                label = say("answer.kind_of", kind=words, origin=who)
                share = float(told[own].mean())
                points.append({"kind": label, "side": say(f"answer.side_{side}"), "share": share})
    chart = {
        "data": {"values": points},
        "height": 40 * max(1, len(rows)),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "kind", "type": "nominal", "title": None, "axis": {"labelLimit": 260}},
            "yOffset": {"field": "side", "type": "nominal"},
            "x": {
                "field": "share",
                "type": "quantitative",
                "title": None,
                "axis": {"format": ".0%"},
                "scale": {"domain": [0, 1]},
            },
            "color": {"field": "side", "type": "nominal", "title": None},
        },
    }
    header = tuple(say(f"answer.head_{n}") for n in ("kind", "origin", "count", "winner", "baseline", "hit"))
    return Panel(say("answer.by_kind_title"), say("answer.by_kind_told"), (), chart, header, tuple(rows))


def _refusing(judged: _Judged) -> Panel:
    """What each bound of sureness costs and brings: false refusals against rightly declined."""
    score = judged.winner["score"]
    answerable = np.array([bool(right) for right in judged.truth.tolist()])
    bounds = np.unique(np.quantile(score, np.linspace(0.0, 1.0, _POINTS)))
    points = [
        {
            "refused": float((score[answerable] < bound).mean()) if answerable.any() else 0.0,
            "declined": float((score[~answerable] < bound).mean()) if (~answerable).any() else 0.0,
            "bound": float(bound),
        }
        for bound in bounds
    ]
    chosen = 0.0 if judged.served.winner.refusal is None else judged.served.winner.refusal.bound
    here = judged.winner["hit"] == NOTHING
    point = {
        "refused": float(here[answerable].mean()) if answerable.any() else 0.0,
        "declined": float(here[~answerable].mean()) if (~answerable).any() else 0.0,
        "bound": chosen,
    }
    shares = {"type": "quantitative", "axis": {"format": ".0%"}, "scale": {"domain": [0, 1]}}
    encoding = {
        "x": {"field": "refused", "title": say("answer.axis_refused"), **shares},
        "y": {"field": "declined", "title": say("answer.axis_declined"), **shares},
    }
    chart = {
        "layer": [
            {
                "data": {"values": points},
                "mark": {"type": "line", "interpolate": "monotone"},
                "encoding": encoding,
            },
            {
                "data": {"values": [point]},
                "mark": {"type": "point", "filled": True, "size": 120},
                "encoding": encoding,
            },
        ]
    }
    header = tuple(say(f"answer.head_{name}") for name in ("bound", "refused", "declined"))
    rows = [
        tuple(f"{one[name]:.3f}" for name in ("bound", "refused", "declined"))
        for one in points[:: _POINTS // 10]
    ]
    told = say("answer.refusing_told", refused=point["refused"], declined=point["declined"])
    return Panel(say("answer.refusing_title"), told, (), chart, header, tuple(rows))


def _retrieval(judged: _Judged) -> Panel:
    """Figures of finding, citing and refusing, and what a question takes on this machine."""
    who = writers(judged.questions)
    mine, theirs = (measure_answers(judged.truth, who, a).values for a in (judged.winner, judged.baseline))
    rows: list[tuple[Message | str, ...]] = [
        (say(f"terms.{name}"), f"{mine[name]:.3f}", f"{theirs[name]:.3f}") for name in _RETRIEVAL
    ]
    asked = judged.questions.requests[QUESTION][:_TIMED].tolist()
    for model, where in ((judged.served.winner, 1), (judged.served.baseline, 2)):
        taken = _milliseconds(model, asked)
        if where == 1:
            rows.append((say("answer.row_latency"), f"{taken:.1f} ms", ""))
        else:
            rows[-1] = (rows[-1][0], rows[-1][1], f"{taken:.1f} ms")
    header = (say("answer.head_figure"), say("answer.head_winner"), say("answer.head_baseline"))
    return Panel(say("answer.retrieval_title"), say("answer.retrieval_told"), (), None, header, tuple(rows))


def _milliseconds(model: AnswerModel, asked: Sequence[str]) -> float:
    """Middle time of looking a question up; a figure of this machine at this moment."""
    taken, index = [], model.index
    assert index is not None
    for question in asked:
        started = time.perf_counter()
        index.look(question)
        taken.append(1_000 * (time.perf_counter() - started))
    return float(np.median(taken)) if taken else 0.0


def _examples(judged: _Judged) -> Panel:
    """Some questions of each outcome: asked, told, cited, and what was right."""
    became = judged.became(judged.winner)
    rows: list[tuple[Message | str, ...]] = []
    for name, code in _SHOWN:
        found = np.flatnonzero(became == code)
        order = np.argsort(-judged.winner["score"][found], kind="stable")
        if code == WRONG_DECLINE:
            order = order[::-1]
        for row in found[order][:: max(1, len(found) // _EXAMPLES)][:_EXAMPLES].tolist():
            rows.append((say(f"answer.became_{name}"), *_example(judged, row)))
    header = tuple(
        say(f"answer.head_{name}") for name in ("became", "question", "told", "source", "expected")
    )
    return Panel(say("answer.examples_title"), say("answer.examples_told"), (), None, header, tuple(rows))


def _example(judged: _Judged, row: int) -> tuple[Message | str, ...]:
    question = str(judged.questions.requests[QUESTION][row])
    hit, right = float(judged.winner["hit"][row]), str(judged.truth[row])
    nothing: Message | str = say("answer.nothing")
    told, source = nothing, "–"
    if hit != NOTHING:
        told = _short(judged.served.extract(question, hit))
        cited = judged.served.cited(hit)
        source = _short(", ".join(part for part in (cited["source"], cited["place"], cited["title"]) if part))
    expected = nothing
    if right:
        wanted = judged.served.cited(float(right.split()[0]))
        expected = _short(wanted["title"] or wanted["passage"])
    return _short(question), told, source, expected


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _CUT else flat[: _CUT - 1] + "…"
