"""A made-up shop with planted truths, so that anybody can check that a report finds them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20260714


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
