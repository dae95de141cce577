"""What the report shows of texts: side by side with their checks, what failed, how alike they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from pilothouse.guards.ailabel import marked_text
from pilothouse.messages import Message, say
from pilothouse.models.writing.checks import CHECKS
from pilothouse.models.writing.facts import Item
from pilothouse.models.writing.likeness import COPY, distinct, nearest
from pilothouse.models.writing.writer import Written, items_in
from pilothouse.scenario import Panel
from pilothouse.scenarios.write.release import ServedTexts, listed
from pilothouse.types import Answers, Context, Questions

_SHOWN, _FAILURES, _READ = 5, 12, 200
_LONGEST, _NAME = 260, 30
Cell = Message | str


def panels(served: ServedTexts, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
    """Lay the panels out; ``answers`` hold the winner's first, then the baseline's."""
    requests = questions.requests.take(slice(0, _READ))
    offered = [list(ways) for ways in served.predict(requests)["texts"]]
    items = items_in(requests)
    plain = served.baseline.write(items, Context())
    winner, baseline = list(answers.values())[:2]
    found = [_side_by_side(served, items, offered, plain), _checks(winner, baseline)]
    wrong = _failures(offered, plain)
    if wrong.rows:
        found.append(wrong)
    return [*found, _diversity((winner, baseline), [ways[0] for ways in offered], plain)]


def _side_by_side(
    served: ServedTexts, items: Sequence[Item], offered: Sequence[list[Written]], plain: Sequence[Written]
) -> Panel:
    """Some items, with every way to say them; of the winner's texts some that pass and some that fail."""
    chosen = _spread(offered)
    rows: list[tuple[Cell, ...]] = []
    for place in chosen:
        for number, text in enumerate(dict.fromkeys([*offered[place], plain[place]])):
            shown = marked_text(text.text, served.winner.rules.language) if text.by_model else text.text
            who = say("write.chosen", variant=named(text.variant)) if number == 0 else named(text.variant)
            figures = (
                f"{100 * text.checked.told:.0f}%",
                str(text.checked.length),
                f"{text.checked.readability:.0f}",
            )
            rows.append((_cut(items[place].name, _NAME), who, _cut(shown), verdict_of(text), *figures))
    header = tuple(
        say(f"write.head_{name}") for name in ("item", "variant", "text", "checks", "told", "length", "ease")
    )
    return Panel(say("write.side_title"), say("write.side_told"), header=header, rows=tuple(rows))


def _spread(offered: Sequence[list[Written]]) -> list[int]:
    """Places to show: some that stand, and up to two that do not."""
    bad = [n for n, ways in enumerate(offered) if not ways[0].stands][:2]
    good = [n for n, ways in enumerate(offered) if ways[0].stands][: _SHOWN - len(bad)]
    return sorted([*good, *bad])


def _checks(winner: Answers, baseline: Answers) -> Panel:
    """Share that passes each check, both, as a chart with its table."""
    points: list[dict[str, object]] = []
    rows: list[tuple[Cell, ...]] = []
    for name in (*CHECKS, "copies"):
        label = say(f"write.check_{name}")
        shares = [_share(answers, name) for answers in (winner, baseline)]
        rows.append((label, *(f"{100 * share:.1f}%" for share in shares), say(f"write.why_{name}")))
        for side, share in zip(("winner", "baseline"), shares, strict=True):
            points.append({"check": label, "who": say(f"write.{side}"), "share": share})
    order = [say(f"write.check_{name}") for name in (*CHECKS, "copies")]
    who = [say("write.winner"), say("write.baseline")]
    chart = {
        "height": 240,
        "data": {"values": points},
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "check", "type": "nominal", "sort": order, "title": say("write.head_check")},
            "yOffset": {"field": "who", "type": "nominal", "sort": who},
            "x": {
                "field": "share",
                "type": "quantitative",
                "scale": {"domain": [0, 1]},
                "axis": {"format": "%"},
                "title": say("write.head_share"),
            },
            "color": {
                "field": "who",
                "type": "nominal",
                "scale": {"domain": who, "range": ["@accent", "@rule"]},
                "title": say("write.head_who"),
            },
        },
    }
    header = (say("write.head_check"), say("write.winner"), say("write.baseline"), say("write.head_why"))
    return Panel(say("write.checks_title"), say("write.checks_told"), (), chart, header, tuple(rows))


def _share(answers: Answers, name: str) -> float:
    if name == "copies":
        return float((nearest(answers["features"]) < COPY).mean())
    return float(answers[f"ok_{name}"].mean())


def _failures(offered: Sequence[list[Written]], plain: Sequence[Written]) -> Panel:
    """What failed and why: the words that a check is about, in the text where they stand."""
    rows: list[tuple[Cell, ...]] = []
    for who, texts in (("winner", [ways[0] for ways in offered]), ("baseline", plain)):
        for text in [t for t in texts if not t.stands][: _FAILURES // 2]:
            marks = [f for f in text.checked.findings if f.words]
            rows.append(
                (
                    say(f"write.{who}"),
                    verdict_of(text),
                    ", ".join(f.words for f in marks if f.check in ("facts", "words", "brand"))[:80] or "–",
                    _cut(highlighted(text)),
                )
            )
    header = tuple(say(f"write.head_{name}") for name in ("who", "checks", "words", "text"))
    return Panel(say("write.failures_title"), say("write.failures_told"), header=header, rows=tuple(rows))


def highlighted(text: Written) -> str:
    """The text with the words that a check is about between marks."""
    shown = text.text
    for words in sorted({f.words for f in text.checked.findings}, key=len, reverse=True):
        at = shown.lower().find(words.lower())
        if at >= 0 and "【" not in words:
            shown = f"{shown[:at]}【{shown[at : at + len(words)]}】{shown[at + len(words) :]}"
    return shown


def _diversity(both: tuple[Answers, Answers], texts: Sequence[Written], plain: Sequence[Written]) -> Panel:
    """How different the texts are: different word pairs, likeness to the nearest, variants used."""
    rows: list[tuple[Cell, ...]] = []
    for name, figures in (
        ("distinct", [distinct(t.text for t in group) for group in (texts, plain)]),
        ("overlap", [float(nearest(a["features"]).mean()) for a in both]),
        ("copies", [float((nearest(a["features"]) >= COPY).mean()) for a in both]),
    ):
        rows.append((say(f"write.figure_{name}"), *(f"{100 * f:.1f}%" for f in figures)))
    for variant, count in Counter(t.variant for t in texts).most_common():
        rows.append(
            (say("write.figure_variant", variant=named(variant)), f"{100 * count / len(texts):.0f}%", "–")
        )
    cost = [float(np.mean(a["cost"])) for a in both]
    rows.append((say("write.figure_cost"), *(f"{c:.4g}" for c in cost)))
    header = (say("write.head_figure"), say("write.winner"), say("write.baseline"))
    return Panel(say("write.diversity_title"), say("write.diversity_told"), header=header, rows=tuple(rows))


def named(variant: str) -> Message:
    """A variant's name for the reader."""
    return say(f"write.variant_{variant}")


def verdict_of(text: Written) -> Message:
    """What the checks say, in a cell."""
    if text.refused:
        return say("write.cell_refused", checks=listed(r.partition(":")[0] for r in text.refused))
    if text.checked.passed:
        return say("write.cell_passed")
    return say("write.cell_failed", checks=listed(f.check for f in text.checked.findings))


def _cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
