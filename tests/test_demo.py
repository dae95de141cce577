"""Cases are laid out as a product; what cannot be had is left out and named."""

import pytest

from pilothouse.demo import CASES, lay_out
from pilothouse.demo.packages import RECBOLE


def test_every_case_has_a_title_in_both_languages():
    assert len({c.name for c in CASES}) == len(CASES) == 7
    assert all(c.title.text("en") != c.title.text("zh") for c in CASES)


@pytest.mark.usefixtures("registry")
def test_without_wheels_the_shop_goes_on_and_the_rest_is_named(tmp_path):
    told = []
    product, cases = lay_out(tmp_path / "demo", "en", told.append)
    assert [c.name for c in cases] == ["shop_churn"] == list(product.settings.use_cases)
    assert (tmp_path / "demo" / "data" / "shop.csv").is_file()
    for case in CASES:
        left_out = any(one.values.get("title") == case.title for one in told)
        assert left_out is (case not in cases)


def test_a_case_without_its_extra_says_what_brings_it(tmp_path, monkeypatch):
    monkeypatch.setattr("pilothouse.demo.lazy.installed", lambda module: False)
    monkeypatch.setattr("pilothouse.demo._had", lambda *given: True)
    told = []
    _, cases = lay_out(tmp_path / "demo", "en", told.append)
    assert all(case.extra is None for case in cases)
    assert sum("pilothouse[deep]" in one.text("en") for one in told) == 1
    assert sum("pilothouse[text]" in one.text("zh") for one in told) == 2


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
    (films,) = [c for c in CASES if c.package is RECBOLE]
    assert "research only" in films.terms.text("en") and "仅供研究" in films.terms.text("zh")
