"""The made-up shop holds the truths that its report must find; wheels are read, checked and never run."""

import csv
import gzip
import hashlib
import zipfile

import numpy as np
import pytest

from pilothouse.demo import CASES, DIGITS, RECBOLE, Wheel, fetch, lay_out, make_shop, unpack, write_digits
from pilothouse.errors import Corrupt, NotFound
from pilothouse.messages import say
from pilothouse.steps.collect.idx import read_idx
from pilothouse.steps.collect.limits import Limits

RATINGS = b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242:token\t3\t881250949\n"


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


def test_every_case_has_a_title_in_both_languages():
    assert len({c.name for c in CASES}) == len(CASES) == 5
    assert all(c.title.text("en") != c.title.text("zh") for c in CASES)


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry of one folder, empty at first."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def pack(folder):
    """A wheel of one table, and how the demonstration would know it."""
    file = folder / "tinydata-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("tinydata/ratings.inter", RATINGS)
        wheel.writestr(
            "tinydata-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinydata\nVersion: 1.0\n"
        )
        wheel.writestr("tinydata-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Wheel("tinydata==1.0", digest, {"ratings.tsv": "tinydata/ratings.inter"}), file


def test_fetched_table_has_plain_headers_and_its_rows_as_they_were(tmp_path, registry):
    wheel, _ = pack(registry)
    fetch(wheel, tmp_path / "data")
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["ratings.tsv"]
    header, row = (tmp_path / "data" / "ratings.tsv").read_bytes().splitlines()
    assert header == b"user_id\titem_id\trating\ttimestamp"
    assert row == RATINGS.splitlines()[1]


def test_table_that_is_there_is_not_fetched_again(tmp_path, registry):
    (tmp_path / "ratings.tsv").write_text("mine", encoding="utf-8")
    fetch(Wheel("no-such-wheel==1", "", {"ratings.tsv": "x"}), tmp_path)
    assert (tmp_path / "ratings.tsv").read_text(encoding="utf-8") == "mine"


def test_wheel_with_one_byte_changed_is_refused(tmp_path):
    wheel, file = pack(tmp_path)
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(Corrupt):
        unpack(wheel, file)
    assert not (tmp_path / "ratings.tsv").exists()


@pytest.mark.usefixtures("registry")
def test_wheel_that_cannot_be_had_is_named(tmp_path):
    with pytest.raises(NotFound) as missing:
        fetch(RECBOLE, tmp_path)
    assert RECBOLE.pin in missing.value.text("en")


@pytest.mark.usefixtures("registry")
def test_without_wheels_the_shop_goes_on_and_the_rest_is_named(tmp_path):
    told = []
    product, cases = lay_out(tmp_path / "demo", "en", told.append)
    assert [c.name for c in cases] == ["shop_churn"] == list(product.settings.use_cases)
    assert (tmp_path / "demo" / "data" / "shop.csv").is_file()
    for case in CASES:
        left_out = say("demo.left_out", title=case.title) in told
        assert left_out is (case not in cases)


def test_films_are_declared_with_their_side_tables(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for case in CASES:
        for file in case.sources.values():
            (data / file).write_text("a,b\n1,2\n", encoding="utf-8")
    told = []
    product, cases = lay_out(tmp_path, "zh", told.append)
    assert cases == CASES and not told
    films = product.use_case("what_to_watch")
    assert (films.scenario, films.table) == ("recommend", None)
    assert films.tables == {"rows": "ratings", "items": "films", "users": "people"}
    assert all(product.table(name).source == f"data/{name}.tsv" for name in films.tables.values())
    assert product.use_case("caravan").table == "caravan"


def test_films_come_with_the_terms_of_those_who_made_them():
    (films,) = [c for c in CASES if c.wheel is RECBOLE]
    assert "research only" in films.terms.text("en") and "仅供研究" in films.terms.text("zh")


def test_digits_become_pictures_with_labels(tmp_path):
    rows = np.zeros((3, 785))
    rows[:, -1] = (7, 0, 9)
    rows[1, 30] = 255
    text = "\n".join(",".join(f"{v:.4e}" for v in row) for row in rows)
    path = tmp_path / DIGITS
    write_digits(gzip.compress(text.encode()), path)
    pixels, labels, _ = read_idx(path, Limits())
    assert labels.tolist() == [7, 0, 9] and pixels.shape == (3, 28, 28)
    assert pixels[1, 1, 2] == 255 and pixels.sum() == 255
