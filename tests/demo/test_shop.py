"""The made-up shop holds the truths that its report must find."""

import csv

import numpy as np

from pilothouse.demo.shop import make_shop


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([r[name] for r in rows]) for name in rows[0]}


def test_shop_holds_its_planted_truths(tmp_path):
    make_shop(tmp_path / "shop.csv")
    shop = read(tmp_path / "shop.csv")
    left = shop["churned"] == "yes"
    refund = shop["refund_after_cancel"].astype(float) > 0
    assert not refund[~left].any() and refund[left].mean() > 0.9
    idle = shop["days_idle"].astype(float)
    offline = shop["channel"] == "offline"
    app = shop["channel"] == "app"
    apart = [idle[m & left].mean() - idle[m & ~left].mean() for m in (offline, app)]
    assert abs(apart[0]) < 5 < apart[1]
    for useless in ("zodiac", "font_size"):
        shares = [left[shop[useless] == v].mean() for v in np.unique(shop[useless])]
        assert np.ptp(shares) < 0.08


def test_shop_is_the_same_every_time(tmp_path):
    make_shop(tmp_path / "a.csv", rows=200)
    make_shop(tmp_path / "b.csv", rows=200)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
