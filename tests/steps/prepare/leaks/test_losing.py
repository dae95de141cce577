from __future__ import annotations

from dataclasses import dataclass, field

from pilothouse.steps.prepare.leaks.losing import Crowd, lose_after_company, lose_alone
from pilothouse.steps.prepare.leaks.probe import Loss

NAMES = tuple(f"c{k:02d}" for k in range(32))


@dataclass
class Ledger:
    """A prober with a known truth: groups of columns that carry worth as long as one of them is in."""

    worth: dict[frozenset[str], float]
    tried: list[frozenset[str]] = field(default_factory=list)

    def value(self, columns: frozenset[str]) -> float:
        return sum(v for group, v in self.worth.items() if group & columns)

    def losses(self, base, groups, glance):
        self.tried += groups
        found = [self.value(base) - self.value(base - g) for g in groups]
        return [Loss(v, v, v, 0.9) for v in found]


def crowd(company=None, strong=frozenset()) -> Crowd:
    return Crowd(frozenset(NAMES), NAMES, strong, {n: frozenset() for n in NAMES} | (company or {}))


def test_halving_finds_the_costly_ones_with_few_tries() -> None:
    ledger = Ledger({frozenset({"c17"}): 0.2, frozenset({"c30"}): 0.1})
    lost = lose_alone(ledger, crowd(), 40)
    assert {n for n, (loss, _) in lost.losses.items() if loss.cost >= 0.08} == {"c17", "c30"}
    assert lost.seen == set(NAMES)
    assert len(ledger.tried) < len(NAMES)


def test_the_budget_ends_the_search_and_says_what_was_not_seen() -> None:
    ledger = Ledger({frozenset({n}): 0.1 for n in NAMES})
    lost = lose_alone(ledger, crowd(), 4)
    assert len(ledger.tried) <= 3 * 4
    assert lost.seen < set(NAMES)


def test_twins_that_hide_each_other_are_found_once_one_has_gone() -> None:
    twins = frozenset({"c05", "c06"})
    ledger = Ledger({twins: 0.3})
    company = {"c05": frozenset({"c06"}), "c06": frozenset({"c05"})}
    assert all(loss.cost == 0 for loss, _ in lose_alone(ledger, crowd(company), 40).losses.values())
    lost = lose_after_company(ledger, crowd(company), 40)
    assert set(lost.losses) == twins
    assert all(loss.cost == 0.3 for loss, _ in lost.losses.values())
    assert lost.losses["c05"][1] == {"c06"}


def test_strong_columns_keep_each_other_company() -> None:
    ledger = Ledger({frozenset({"c00", "c09"}): 0.3})
    lost = lose_after_company(ledger, crowd(strong=frozenset({"c00", "c09"})), 40)
    assert set(lost.losses) == {"c00", "c09"}
