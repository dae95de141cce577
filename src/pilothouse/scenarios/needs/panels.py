"""What the report shows of needs: the ranked list first, then feelings, times, inputs, steadiness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.models.needs.coherence import coherence
from pilothouse.models.needs.ranking import Need, Read
from pilothouse.models.needs.sorting import NONE, texts_of
from pilothouse.scenario import Panel
from pilothouse.scenarios.needs.backlog import ranged, rice_of, told_of
from pilothouse.scenarios.needs.release import ServedNeeds
from pilothouse.types import Answers, Questions

_FIRST, _DRAWN = 10, 12
Cell = Message | str


def panels(served: ServedNeeds, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
    """Lay the panels out; ``answers`` hold the winner's first, then the baseline's."""
    read = served.read
    found = [_ranked(read), _feelings(read)]
    if read.starts:
        found.append(_trends(read))
    if read.cut is not None:
        found.append(_changed(read, read.cut))
    return [*found, _inputs(read), _steady(served, questions, answers), _words(read)]


def _ranked(read: Read) -> Panel:
    """The first thing that a reader sees."""
    header = ("need", "spoken", "blamed", "quote")
    rows = tuple(_line(rank, need, read.texts) for rank, need in enumerate(read.needs[:_FIRST], 1))
    return Panel(
        say("needs.lead_title"),
        say("needs.lead_told", **told_of(read)),
        header=tuple(say(f"needs.head_{name}") for name in header),
        rows=rows,
        leads=True,
    )


def _line(rank: int, need: Need, texts: int) -> tuple[Cell, ...]:
    return (
        f"{rank}. {need.name}",
        say(
            "needs.spoken",
            volume=need.volume,
            share=f"{100 * need.share.value:.1f}%",
            reading=say(f"needs.kano_{need.kano}"),
        ),
        say(
            "needs.blamed",
            complaints=need.complaints,
            share=f"{100 * need.complaints / max(1, texts):.1f}%",
            asks=need.asks,
            words="; ".join(f"{words} ({times})" for words, times in need.blames) or "–",
        ),
        f"“{need.quotes[0]}”" if need.quotes else "–",
    )


def _feelings(read: Read) -> Panel:
    """Complaints, praise and silence of each need, as stacked bars."""
    names = [f"{rank}. {need.name}" for rank, need in enumerate(read.needs, 1)]
    kinds = ("complaints", "praises", "neither")
    parts = [(n.complaints, n.praises, n.volume - n.complaints - n.praises) for n in read.needs]
    words = {kind: say(f"needs.feeling_{kind}") for kind in kinds}
    values = [
        {"need": name, "feeling": words[kind], "order": place, "texts": count}
        for name, own in zip(names, parts, strict=True)
        for place, (kind, count) in enumerate(zip(kinds, own, strict=True))
    ]
    chart = {
        "height": 24 * len(names) + 40,
        "data": {"values": values},
        "mark": {"type": "bar"},
        "encoding": {
            "y": {
                "field": "need",
                "type": "nominal",
                "sort": names,
                "title": None,
                "axis": {"labelLimit": 260},
            },
            "x": {"field": "texts", "type": "quantitative", "title": say("needs.counted")},
            "color": {
                "field": "feeling",
                "type": "nominal",
                "sort": [words[kind] for kind in kinds],
                "scale": {"domain": [words[kind] for kind in kinds], "range": ["@rule", "@accent", "@muted"]},
                "legend": {"orient": "top", "title": None},
            },
            "order": {"field": "order", "type": "quantitative"},
            "opacity": {"condition": {"test": "datum.order == 2", "value": 0.3}, "value": 1},
        },
    }
    rows = tuple((name, *map(str, own)) for name, own in zip(names, parts, strict=True))
    header = (say("needs.head_need"), *(words[kind] for kind in kinds))
    how = say("needs.how_rated" if read.rated else "needs.how_words")
    return Panel(say("needs.feelings_title"), say("needs.feelings_told", how=how), (), chart, header, rows)


def _trends(read: Read) -> Panel:
    """Share of each need over time, one small picture a need."""
    chosen = read.needs[:_DRAWN]
    names = [f"{rank}. {need.name}" for rank, need in enumerate(chosen, 1)]
    values = [
        {"need": name, "day": day, "share": share}
        for name, need in zip(names, chosen, strict=True)
        for day, share in zip(read.starts, need.by_period, strict=True)
    ]
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"tickCount": 3, "format": "%m-%d"}}
    y = {"field": "share", "type": "quantitative", "title": None, "axis": {"format": ".0%", "tickCount": 3}}
    line = {"mark": {"type": "line", "point": True, "color": "@accent"}, "width": 190, "height": 90}
    facet = {
        "field": "need",
        "type": "nominal",
        "sort": names,
        "title": None,
        "header": {"labelLimit": 190, "labelColor": "@ink"},
    }
    chart = {
        "data": {"values": values},
        "facet": facet,
        "columns": 3,
        "spec": {**line, "encoding": {"x": x, "y": y}},
    }
    header = (say("needs.head_need"), say("needs.head_trend", days=read.days))
    rows = tuple(
        (name, "–" if need.trend is None else ranged(need.trend, 2, 100, "+"))
        for name, need in zip(names, chosen, strict=True)
    )
    return Panel(say("needs.trends_title"), say("needs.trends_told", days=read.days), (), chart, header, rows)


def _changed(read: Read, cut: str) -> Panel:
    """What is spoken of more, or less, than in the previous period: the surest first."""
    moved = [(rank, need) for rank, need in enumerate(read.needs, 1) if need.change is not None]
    moved.sort(key=lambda one: (not one[1].settled, -abs(one[1].change.value if one[1].change else 0.0)))
    header = tuple(say(f"needs.head_{name}") for name in ("need", "before", "after", "change", "sure"))
    rows = tuple(
        (
            f"{rank}. {need.name}",
            f"{100 * (need.before or 0.0):.1f}%",
            f"{100 * (need.after or 0.0):.1f}%",
            "–" if need.change is None else ranged(need.change, 1, 100, "+"),
            say("needs.sure" if need.settled else "needs.unsure"),
        )
        for rank, need in moved
    )
    return Panel(say("needs.changed_title"), say("needs.changed_told", day=cut), header=header, rows=rows)


def _inputs(read: Read) -> Panel:
    """RICE's inputs, effort left open."""
    header = ("need", "reach", "impact", "confidence", "effort", "score")
    rows = tuple(
        (f"{rank}. {need.name}", *list(rice_of(need).values())[:3], "", rice_of(need)["score"])
        for rank, need in enumerate(read.needs, 1)
    )
    return Panel(
        say("needs.inputs_title"),
        say("needs.formula"),
        header=tuple(say(f"needs.column_{name}") for name in header),
        rows=rows,
    )


def _steady(served: ServedNeeds, questions: Questions, answers: Mapping[str, Answers]) -> Panel:
    """How far needs can be trusted, winner beside keyword counts, on texts kept aside."""
    texts = texts_of(questions.requests)
    sides = list(answers.values())[:2]
    rows: list[tuple[Cell, ...]] = [
        (say(f"terms.{name}"), *(f"{float(np.mean(side[name])):.3f}" for side in sides))
        for name in ("match", "agreement", "sorted")
    ]
    sorters = (served.winner, served.baseline)
    rows.append((say("needs.coherence"), *(f"{coherence(one, texts):.3f}" for one in sorters)))
    truth = np.asarray(questions.truth)
    labelled = np.flatnonzero(truth >= 0)
    if len(labelled):
        rows.append((say("needs.ami"), *(f"{_likeness(one, texts, truth, labelled):.3f}" for one in sorters)))
    header = (say("needs.head_figure"), say("needs.head_winner"), say("needs.keywords"))
    return Panel(say("needs.steady_title"), say("needs.steady_told"), header=header, rows=tuple(rows))


def _likeness(sorter: Any, texts: list[str], truth: Any, labelled: Any) -> float:
    """Adjusted mutual information of needs and labels; neither saw the other."""
    from sklearn.metrics import adjusted_mutual_info_score

    needs = sorter.sorting.assign([texts[i] for i in labelled.tolist()])
    return float(adjusted_mutual_info_score(truth[labelled], np.where(needs == NONE, -1, needs)))


def _words(read: Read) -> Panel:
    """Each need's telling words, with what is praised and more quotes: to check the names."""
    header = tuple(say(f"needs.head_{name}") for name in ("need", "words", "liked", "quotes"))
    rows = tuple(
        (
            f"{rank}. {need.name}",
            " ".join(need.words),
            "; ".join(f"{words} ({times})" for words, times in need.likes) or "–",
            " / ".join(need.quotes) or "–",
        )
        for rank, need in enumerate(read.needs, 1)
    )
    return Panel(say("needs.words_title"), say("needs.words_told"), header=header, rows=rows)
