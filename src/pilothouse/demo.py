"""Data for the demonstration: two real tables out of a registry wheel, one made-up shop.

The real tables come out of the ``islp`` wheel (James et al., An Introduction to
Statistical Learning, BSD licence): downloaded by pip without dependencies, its hash
checked, two CSV files read out of the zip; the package is never installed or
imported. The shop is simulated with planted truths, so that anybody can check that
the report finds them: a leak, a set of useless columns, a group it serves worse.
"""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.errors import Corrupt, NotFound
from pilothouse.messages import Language, Message, say
from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create

WHEEL = "islp==0.6.0"
WHEEL_SHA256 = "ca772cecca1747a2f84ee799a5503ddddbdf0e98f90c235494790c1d036c694b"
SEED = 20260714
BUDGET_S = 30.0  # three cases within three minutes


@dataclass(frozen=True)
class Case:
    """One use case of the demonstration."""

    name: str
    file: str
    title: Message
    options: dict[str, Any]
    value: dict[str, Any] = field(default_factory=dict)
    available: dict[str, bool] = field(default_factory=dict)


CASES = (
    Case(
        "caravan",
        "Caravan.csv",
        say("demo.caravan"),
        {"target": "Purchase", "time_budget_s": BUDGET_S},
        {
            "true_positive": [150, 250, 400],
            "success": [0.2, 0.3, 0.4],
            "contact": 3,
            "capacity": 1000,
            "per": "month",
        },
    ),
    Case(
        "card_default",
        "Default.csv",
        say("demo.card_default"),
        {"target": "default", "time_budget_s": BUDGET_S},
        {"true_positive": [400, 600, 800], "contact": [60, 90, 120], "effect": "not_needed", "per": "month"},
        {"balance": True},  # a card's balance is known before it defaults
    ),
    Case(
        "shop_churn",
        "shop.csv",
        say("demo.shop_churn"),
        {"target": "churned", "time_budget_s": BUDGET_S},
        {
            "true_positive": [300, 600, 900],
            "success": [0.05, 0.1, 0.15],
            "contact": 8,
            "capacity": 1000,
            "per": "month",
        },
    ),
)


def fetch_real(folder: Path) -> None:
    """Put ``Caravan.csv`` and ``Default.csv`` into ``folder``, out of the wheel.

    Raises
    ------
    NotFound
        When the registry does not answer.
    Corrupt
        When the wheel is not the one that was checked.
    """
    wanted = ("Caravan.csv", "Default.csv")
    if all((folder / name).is_file() for name in wanted):
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
    if subprocess.run(command, check=False).returncode != 0:
        raise NotFound(say("demo.no_wheel", wheel=WHEEL), say("demo.check_network"))
    wheel = next(folder.glob("islp-*.whl"))
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        raise Corrupt(say("demo.other_wheel", wheel=wheel.name), say("demo.remove_it"))
    with zipfile.ZipFile(wheel) as opened:
        for name in wanted:
            (folder / name).write_bytes(opened.read(f"ISLP/data/{name}"))
    wheel.unlink()


def make_shop(path: Path, rows: int = 6000, seed: int = SEED) -> None:
    """Write the simulated shop.

    Planted truths: ``refund_after_cancel`` is written only once a customer has left
    (a leak); ``zodiac``, ``lucky_number`` and ``font_size`` have nothing to do with
    leaving; among ``channel = offline`` nothing predicts leaving.
    """
    random = np.random.default_rng(seed)
    months = random.gamma(2.0, 9.0, rows).clip(1, 72).round()
    orders = random.poisson(1 + 5 * random.random(rows))
    days_idle = random.gamma(1.5, 20.0, rows).round()
    complaints = random.poisson(0.4, rows)
    plan = random.choice(["monthly", "quarterly", "yearly"], rows, p=[0.55, 0.25, 0.2])
    channel = random.choice(["app", "web", "offline"], rows, p=[0.5, 0.3, 0.2])
    signal = (
        0.028 * (days_idle - 30)
        + 0.55 * complaints
        - 0.030 * (months - 18)
        - 0.22 * (orders - 3)
        + np.select([plan == "monthly", plan == "yearly"], [0.5, -0.9], 0.0)
    )
    chance = np.where(channel == "offline", 0.25, 1 / (1 + np.exp(1.45 - signal)))
    churned = random.random(rows) < chance
    refund = np.where(churned, random.gamma(4.0, 30.0, rows) + 20, 0.0) * (random.random(rows) < 0.97)
    columns: dict[str, Any] = {
        "customer_id": [f"C{n:06d}" for n in random.permutation(rows) + 100_000],
        "name": [
            random.choice(list("王李张刘陈杨赵黄周吴"))
            + random.choice(["伟", "芳", "娜", "敏", "静", "磊", "洋"])
            for _ in range(rows)
        ],
        "mobile": [f"13{n:09d}" for n in random.integers(0, 10**9, rows)],
        "months": months.astype(int),
        "orders_90d": orders,
        "days_idle": days_idle.astype(int),
        "complaints": complaints,
        "plan": plan,
        "channel": channel,
        "zodiac": random.choice(["rat", "ox", "tiger", "rabbit", "dragon", "snake"], rows),
        "lucky_number": random.integers(1, 50, rows),
        "font_size": random.choice(["small", "normal", "large"], rows),
        "refund_after_cancel": refund.round(2),
        "churned": np.where(churned, "yes", "no"),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def lay_out(folder: Path, language: Language) -> tuple[Product, tuple[Case, ...]]:
    """Make the demonstration's product with its tables and use cases, or open it again."""
    product = create(folder, ProductSettings(name="demo", language=language, currency="USD"))
    fetch_real(folder / "data")
    shop = folder / "data" / "shop.csv"
    if not shop.is_file():
        make_shop(shop)
    for case in CASES:
        product.declare("tables", case.name, TableSettings(source=f"data/{case.file}"))
        product.declare(
            "use_cases",
            case.name,
            UseCaseSettings(
                scenario="predict",
                table=case.name,
                title=case.title.text(language),
                options=case.options,
                value=case.value,
                available=case.available,
            ),
        )
    return product, CASES
