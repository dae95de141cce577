"""Which columns to leave out, alone and together, so that few fits tell what each one is worth.

Nothing here decides what a loss means (``firewall`` does).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pilothouse.steps.prepare.leaks.probe import Loss, Prober

Names = frozenset[str]

GLANCE = 0.04  # what two folds must lose before the others are asked
FIRST = 3  # the strongest columns are always left out one by one
MOST_COMPANY = 6


@dataclass(frozen=True)
class Crowd:
    """The columns still in.

    Parameters
    ----------
    base
        All of them.
    suspects
        Those that nobody vouched for, the strongest first.
    strong
        Suspects that say much alone: they may hide each other.
    company
        Each column's near-duplicates.
    """

    base: Names
    suspects: tuple[str, ...]
    strong: Names
    company: Mapping[str, Names]


@dataclass
class Lost:
    """Column to its loss and to the others that were gone already; ``seen`` were judged so far as needed."""

    losses: dict[str, tuple[Loss, Names]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


def lose_alone(prober: Prober, crowd: Crowd, most: int) -> Lost:
    """Leave out each suspect alone.

    By halving: a group that loses little when it goes as a whole holds no column that
    loses much. Strong suspects go one by one. At most about 2 ``most`` groups are tried.
    """
    first = [n for i, n in enumerate(crowd.suspects) if i < FIRST or n in crowd.strong][:most]
    rest = [n for n in crowd.suspects if n not in first]
    queue = [[n] for n in first] + ([rest] if rest else [])
    lost, spent = Lost(), 0
    while queue and spent < 2 * most:
        losses = prober.losses(crowd.base, [frozenset(group) for group in queue], GLANCE)
        spent += len(queue)
        halves = []
        for group, loss in zip(queue, losses, strict=True):
            if len(group) == 1:
                lost.losses[group[0]] = (loss, frozenset())
            if len(group) == 1 or loss.cost < GLANCE:
                lost.seen.update(group)
            else:
                halves += [group[: len(group) // 2], group[len(group) // 2 :]]
        queue = halves
    return lost


def lose_after_company(prober: Prober, crowd: Crowd, most: int) -> Lost:
    """Leave out each suspect that has company, once its company has gone."""
    suspects = frozenset(crowd.suspects)
    groups = {(crowd.company[n] & suspects) | {n} for n in crowd.suspects} | {crowd.strong}
    ordered = sorted((g for g in groups if len(g) > 1), key=sorted)[:most]
    lost = Lost()
    whole = prober.losses(crowd.base, ordered, GLANCE) if ordered else []
    for group, loss in zip(ordered, whole, strict=True):
        if loss.cost < GLANCE:
            continue
        for name in [n for n in crowd.suspects if n in group][:MOST_COMPANY]:
            others = group - {name}
            each = prober.losses(crowd.base - others, [frozenset({name})], GLANCE)[0]
            if name not in lost.losses or each.cost > lost.losses[name][0].cost:
                lost.losses[name] = (each, others)
    return lost
