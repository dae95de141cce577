"""Twenty kinds of tables without a leak, among them those that fool simple rules.

Every column here would be known before the outcome.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.honesty.tables import (
    Making,
    Rng,
    choose,
    days,
    fill,
    happen,
    holes,
    measure_out,
    usual,
    usual_number,
    words,
)
from pilothouse.types import Role


def _mix(made: Making, extra, weight: float) -> None:
    """Let one more column carry part of the signal."""
    extra = (extra - extra.mean()) / extra.std()
    mixed = made.signal + weight * extra
    made.signal = (mixed - mixed.mean()) / mixed.std()


def _begin(
    rng: Rng, rows: tuple[int, int] = (800, 3000), columns: tuple[int, int, int] | None = None
) -> Making:
    made = Making(rng, int(rng.integers(*rows)))
    fill(made, *(columns or (int(rng.integers(3, 7)), int(rng.integers(2, 5)), int(rng.integers(1, 4)))))
    return made


def plain(rng: Rng) -> Making:
    """Signals spread over many columns."""
    return usual(rng)


def strong_many(rng: Rng) -> Making:
    """An easy question: several strong columns, AUC about .85 to .95."""
    made = _begin(rng, columns=(6, 3, 2))
    happen(made, float(rng.uniform(2.0, 3.5)), float(rng.uniform(0.15, 0.5)))
    return made


def one_dominates(rng: Rng) -> Making:
    """One honest column says more than any other."""
    made = _begin(rng)
    tenure = rng.gamma(1.5, 20, made.rows)
    _mix(made, -np.log1p(tenure), float(rng.uniform(0.7, 1.1)))
    made.add("tenure", np.round(tenure))
    happen(made, float(rng.uniform(0.9, 1.5)), float(rng.uniform(0.15, 0.4)))
    return made


def mild_rule(rng: Rng) -> Making:
    """A label given by people who mostly follow a card of points over five columns."""
    made = _begin(rng, columns=(3, 2, 3))
    income, debt, age = (
        rng.gamma(4, 1000, made.rows),
        rng.gamma(2, 800, made.rows),
        rng.uniform(18, 75, made.rows),
    )
    homes, late = rng.integers(0, 3, made.rows), rng.poisson(0.7, made.rows)
    made.add("income", np.round(income))
    made.add("debt", np.round(debt))
    made.add("age", np.round(age))
    made.add("home", words(homes, ["rent", "own", "other"]))
    made.add("late_payments_last_year", late.astype(float))
    points = 2 * (income < 3000) + 2 * (debt > 2000) + (age < 30) + (homes == 0) + np.minimum(late, 2)
    slip = rng.random(made.rows) < rng.uniform(0.10, 0.20)
    made.y = np.where(slip, points < 4, points >= 4).astype(np.int64)
    return made


def previous_state(rng: Rng) -> Making:
    """What was last month mostly still is."""
    made = _begin(rng)
    happen(made, float(rng.uniform(0.9, 1.4)), 0.4)
    earlier = made.y
    happen(made, float(rng.uniform(0.9, 1.4)), 0.4)
    stays = rng.random(made.rows) < rng.uniform(0.2, 0.4)
    made.y = np.where(stays, earlier, made.y)
    made.add("state_last_month", words(earlier, ["idle", "active"]))
    return made


def rare(rng: Rng) -> Making:
    """An outcome of 3 to 8 %."""
    made = _begin(rng, (2000, 5000))
    happen(made, float(rng.uniform(0.8, 1.6)), float(rng.uniform(0.03, 0.08)))
    return made


def small(rng: Rng) -> Making:
    """300 to 600 rows."""
    return usual(rng, (300, 600))


def wide(rng: Rng) -> Making:
    """60 to 100 columns, most of them idle."""
    made = _begin(rng, (800, 1500), (8, 5, int(rng.integers(50, 90))))
    happen(made, float(rng.uniform(0.8, 1.6)), float(rng.uniform(0.2, 0.45)))
    return made


def credit(rng: Rng) -> Making:
    """Graded words about a customer, 1,000 rows: one of them stands out a little."""
    made = _begin(rng, (1000, 1001), (3, 6, 4))
    grade = rng.integers(0, 4, made.rows)
    _mix(made, grade.astype(float), float(rng.uniform(0.4, 0.7)))
    made.add("account_grade", words(grade, ["none", "low", "middle", "high"]))
    happen(made, float(rng.uniform(0.9, 1.4)), 0.3)
    return made


def related(rng: Rng) -> Making:
    """Tenure, monthly price and their product: near-duplicates that are all honest."""
    made = _begin(rng)
    tenure, price = rng.integers(1, 72, made.rows).astype(float), np.round(rng.uniform(20, 110, made.rows), 2)
    _mix(made, -tenure + 0.3 * price, float(rng.uniform(0.4, 0.9)))
    made.add("months", tenure)
    made.add("monthly", price)
    made.add("paid_so_far", np.round(tenure * price + rng.normal(0, 30, made.rows), 2))
    happen(made, float(rng.uniform(0.8, 1.5)), 0.27)
    return made


def not_answered(rng: Rng) -> Making:
    """Who does not answer the survey is a little likelier to leave."""
    made = _begin(rng)
    silent = rng.random(made.rows) < 0.4
    _mix(made, silent.astype(float), 0.6)
    answer = np.round(rng.uniform(1, 5, made.rows))
    made.add("survey", np.where(silent, np.nan, answer))
    made.add(
        "survey_words", words(np.where(silent, -1, rng.integers(0, 3, made.rows)), ["good", "so so", "bad"])
    )
    happen(made, float(rng.uniform(0.8, 1.4)), 0.3)
    return made


def many_levels(rng: Rng) -> Making:
    """A town column of 60 to 200 levels."""
    made = _begin(rng, (1500, 3000))
    size = int(rng.integers(60, 200))
    town = rng.choice(size, made.rows, p=rng.dirichlet(np.full(size, 0.6)))
    _mix(made, rng.normal(size=size)[town], 0.6)
    made.add("town", words(town, [f"town {k}" for k in range(size)]))
    happen(made, float(rng.uniform(0.8, 1.4)), 0.3)
    return made


def earlier_times(rng: Rng) -> Making:
    """Times before the row's own: first visit, last order."""
    made = _begin(rng)
    seen = rng.uniform(200, 500, made.rows)
    last = rng.exponential(25, made.rows)
    _mix(made, np.log1p(last), 0.6)
    made.add("seen_on", days("2024-01-01", seen), Role.TIME)
    made.add("last_order", days("2024-01-01", np.where(rng.random(made.rows) < 0.1, np.nan, seen - last)))
    made.add("days_since_order", np.round(last))
    made.add("joined", days("2024-01-01", seen - 30 - rng.exponential(150, made.rows)))
    happen(made, float(rng.uniform(0.8, 1.4)), 0.3)
    return made


def odd_names(rng: Rng) -> Making:
    """Names that sound late and are not: a policy, a plan, last year's figures."""
    made = _begin(rng)
    policy, plan = rng.integers(0, 3, made.rows), rng.integers(0, 2, made.rows)
    refunds = rng.poisson(0.6, made.rows).astype(float)
    _mix(made, refunds + 0.5 * policy, float(rng.uniform(0.3, 0.6)))
    made.add("cancel_policy", words(policy, ["strict", "usual", "free"]))
    made.add("after_sales_plan", words(plan, ["yes", "no"]))
    made.add("refunds_last_year", refunds)
    made.add("final_grade_before", np.round(rng.normal(70, 10, made.rows)))
    happen(made, float(rng.uniform(0.8, 1.4)), 0.3)
    return made


def row_names(rng: Rng) -> Making:
    """Row numbers and policy numbers that were not recognised as ids."""
    made = usual(rng)
    made.add("no", np.arange(made.rows).astype(float))
    made.add("policy", rng.choice(900_000, made.rows, replace=False).astype(float) + 100_000)
    return made


def classes(rng: Rng) -> Making:
    """Three to five classes."""
    made = _begin(rng)
    choose(made, float(rng.uniform(0.8, 2.0)), int(rng.integers(3, 6)))
    return made


def number(rng: Rng) -> Making:
    """A numeric answer with spread signals."""
    return usual_number(rng)


def price_by_size(rng: Rng) -> Making:
    """A price that one honest column, the size, explains for a good part."""
    made = _begin(rng)
    size = np.exp(rng.normal(4.4, 0.4, made.rows))
    _mix(made, np.log(size), float(rng.uniform(0.5, 0.9)))
    made.add("size_m2", np.round(size, 1))
    measure_out(made, float(rng.uniform(0.5, 0.8)))
    return made


def list_price(rng: Rng) -> Making:
    """The price asked and last year's value: both honest, both strong, close to each other."""
    made = _begin(rng)
    measure_out(made, float(rng.uniform(0.4, 0.6)))
    noise = float(made.y.std())
    made.add("asking", np.round(made.y + rng.uniform(0.6, 0.9) * noise * rng.normal(size=made.rows)))
    made.add("last_year", np.round(made.y + rng.uniform(0.6, 0.9) * noise * rng.normal(size=made.rows)))
    return made


def mostly_zero(rng: Rng) -> Making:
    """A page value that is zero for most and says much where it is not."""
    made = _begin(rng, (2000, 4000))
    spent = np.where(rng.random(made.rows) < 0.75, 0.0, rng.gamma(2, 10, made.rows))
    _mix(made, np.log1p(spent), float(rng.uniform(0.6, 1.0)))
    made.add("value_of_pages", holes(rng, np.round(spent, 2), 0.02))
    happen(made, float(rng.uniform(1.0, 1.6)), 0.16)
    return made


KINDS: dict[str, Callable[[Rng], Making]] = {
    f.__name__: f
    for f in (
        plain,
        strong_many,
        one_dominates,
        mild_rule,
        previous_state,
        rare,
        small,
        wide,
        credit,
        related,
        not_answered,
        many_levels,
        earlier_times,
        odd_names,
        row_names,
        classes,
        number,
        price_by_size,
        list_price,
        mostly_zero,
    )
}


def clean(kind: str, seed: int) -> Making:
    """Make the clean table of one kind and seed."""
    return KINDS[kind](np.random.default_rng([seed, 1000 + list(KINDS).index(kind)]))
