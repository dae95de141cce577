"""The backlog: ranked needs as a table for a spreadsheet and as a page of Markdown.

The table holds no formula: the score's own is written out in words, and effort is left empty
for the team. Texts of users are quoted without personal values, and cannot become a formula
(``guards.markup``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pilothouse.guards.markup import markdown
from pilothouse.messages import Message, say
from pilothouse.models.needs.ranking import Need, Ranged, Read
from pilothouse.scenario import Listing
from pilothouse.steps.decide.phrases import shorten

_COLUMNS = (
    "rank",
    "need",
    "volume",
    "share",
    "complaints",
    "asks",
    "praises",
    "feeling",
    "trend",
    "change",
    "reach",
    "reach_low",
    "reach_high",
    "impact",
    "confidence",
    "effort",
    "score",
    "reading",
    "blamed",
    "wish",
    "quote",
    "quote",
    "quote",
)
_QUOTES = 3
_TOLD, _NAME_COLUMNS = 3, 44
_COUNTED = ("texts", "complaining", "share", "asking", "asking_share")


def backlog(read: Read) -> Listing:
    """Lay the needs out, the most pressing first."""
    header = tuple(say(f"needs.column_{name}") for name in _COLUMNS)
    rows = [_row(rank, need) for rank, need in enumerate(read.needs, 1)]
    return Listing("backlog.csv", header, rows, bom=True, pages={"backlog.md": tuple(_page(read))})


def _row(rank: int, need: Need) -> list[Any]:
    quotes = [*need.quotes, *[""] * _QUOTES][:_QUOTES]
    return [
        rank,
        need.name,
        need.volume,
        _percent(need.share.value),
        need.complaints,
        need.asks,
        need.praises,
        round(need.feeling, 2),
        None if need.trend is None else round(100 * need.trend.value, 2),
        None if need.change is None else round(100 * need.change.value, 1),
        round(need.reach.value),
        round(need.reach.low),
        round(need.reach.high),
        round(need.impact, 2),
        round(need.confidence, 2),
        None,
        round(need.score, 1),
        say(f"needs.kano_{need.kano}"),
        "; ".join(f"{words} ({times})" for words, times in need.blames),
        need.wishes[0] if need.wishes else "",
        *quotes,
    ]


def _page(read: Read) -> Iterator[Message | str]:
    yield say("needs.page_title")
    yield ""
    yield say("needs.lead_told", **told_of(read, markdown))
    yield ""
    yield say("needs.formula")
    yield ""
    for rank, need in enumerate(read.needs, 1):
        yield f"## {rank}. {markdown(need.name)}"
        yield ""
        yield say(
            "needs.page_need",
            volume=need.volume,
            share=_percent(need.share.value),
            complaints=need.complaints,
            asks=need.asks,
            reading=say(f"needs.kano_{need.kano}"),
        )
        yield ""
        yield say("needs.page_rice", **rice_of(need))
        if need.blames:
            blamed = markdown("; ".join(f"{words} ({times})" for words, times in need.blames))
            yield ""
            yield say("needs.page_blamed", words=blamed)
        yield ""
        for quote in need.quotes:
            yield f"> {markdown(quote)}"
            yield ">"
        yield ""


def told_of(read: Read, write: Callable[[str], str] = str) -> dict[str, Any]:
    """Words of the sentence that opens everything; ``write`` puts users' words on paper."""
    return {
        "texts": read.texts,
        "complaining": read.complaining,
        "share": f"{100 * read.complaining / max(1, read.texts):.0f}%",
        "asking": read.asking,
        "asking_share": f"{100 * read.asking / max(1, read.texts):.0f}%",
        "count": len(read.needs),
        "first": _first(read, write),
    }


def told_first(read: Read) -> list[Message]:
    """The lines that a terminal shows first: how many complain and ask, and of what most."""
    lines = [say("needs.found_all", **{n: told_of(read)[n] for n in _COUNTED})]
    for rank, need in enumerate(read.needs[:_TOLD], 1):
        share = f"{100 * need.complaints / max(1, read.texts):.1f}%"
        name = shorten(need.name, _NAME_COLUMNS)
        lines.append(say("needs.found_need", rank=rank, name=name, complaints=need.complaints, share=share))
    return lines


def _first(read: Read, write: Callable[[str], str]) -> Message:
    """What presses most."""
    if not read.needs:
        return say("needs.lead_none")
    need = read.needs[0]
    share = f"{100 * need.complaints / read.texts:.1f}%"
    return say("needs.lead_first", name=write(need.name), complaints=need.complaints, share=share)


def rice_of(need: Need) -> dict[str, str]:
    """The inputs of RICE as text."""
    return {
        "reach": ranged(need.reach, 0),
        "impact": f"{need.impact:.2f}",
        "confidence": f"{100 * need.confidence:.0f}%",
        "score": f"{need.score:,.0f}",
    }


def ranged(figure: Ranged, digits: int, scale: float = 1.0, sign: str = "") -> str:
    """Write a figure with its likely range."""
    value, low, high = (f"{scale * v:{sign},.{digits}f}" for v in (figure.value, figure.low, figure.high))
    return f"{value} ({low} – {high})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
