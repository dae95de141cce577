"""F43: two products with canary items of their own; nothing of the one is ever seen at the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pilothouse import pipeline
from pilothouse.errors import NotFound
from pilothouse.pipeline.begin import pseudonyms
from pilothouse.pipeline.releases import release_folder
from pilothouse.product import Product
from pilothouse.registry import find
from pilothouse.steps.deploy.asking import Ask
from small_films import everything_in, make_films

CANARIES = {"one": "canary-of-one-", "two": "canary-of-two-"}
USE = "films"


def named(canary: str) -> Callable[[str], str]:
    return lambda item: canary + item


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Product]:
    """Both in one workspace folder, carried out by one process, one after the other."""
    place = tmp_path_factory.mktemp("workspace")
    *_, example = find("recommend").examples()
    made = {
        name: make_films(place / name, example, named(canary), time_budget_s=1.0, seed=number)
        for number, (name, canary) in enumerate(CANARIES.items())
    }
    for product in made.values():
        *_, last = pipeline.run(product, USE)
        assert isinstance(last, pipeline.Finished)
        pipeline.ship(product, USE)
    return made


def other(name: str) -> str:
    return next(canary for key, canary in CANARIES.items() if key != name)


def released(product: Product) -> Any:
    return pipeline.servable_in(release_folder(product, USE, 1), pseudonyms(product))


@pytest.mark.parametrize("name", CANARIES)
def test_no_file_of_a_product_names_the_others_items(products: dict[str, Product], name: str) -> None:
    files = [p for p in sorted(products[name].folder.rglob("*")) if p.is_file()]
    whole = {path: everything_in(path) for path in files}
    assert not [path for path, said in whole.items() if other(name).encode() in said]
    own = {path.name for path, said in whole.items() if CANARIES[name].encode() in said}
    assert {"items.npz", "recommendations.csv", "run.json"} <= own  # the search finds what is there


@pytest.mark.parametrize("name", CANARIES)
def test_no_answer_of_a_product_names_the_others_items(products: dict[str, Product], name: str) -> None:
    served = released(products[name])
    mine, theirs = CANARIES[name] + "P0001", other(name) + "P0001"
    asks = [Ask(user=u, k=40, reasons=True) for u in [*served.histories.users[:25], None]]
    asks += [Ask(user=None, k=40, reasons=True, since=[(item, 1, None)]) for item in (mine, theirs)]
    asks += [Ask(user=None, k=40, personalized=False), Ask(user=None, only=(theirs,))]
    shown = [one for ask in asks for one in served.recommend(ask)]
    assert len(shown) > 500
    assert all(one["item"].startswith(CANARIES[name]) for one in shown)
    assert not [one for one in shown if other(name) in (one["reason"] or "")]
    assert any(CANARIES[name] in (one["reason"] or "") for one in shown)
    assert all(one["item"].startswith(CANARIES[name]) for one in served.similar(mine, 40))
    for ask in (served.similar, served.audience):
        with pytest.raises(NotFound):
            ask(theirs, 5)


def test_same_person_has_another_pseudonym_at_each_product(products: dict[str, Product]) -> None:
    """So that lists of one product cannot be joined with those of another."""
    people = [set(released(product).histories.users) for product in products.values()]
    assert all(people) and not people[0] & people[1]


def test_pseudonym_of_one_product_is_nobody_at_the_other(products: dict[str, Product]) -> None:
    one, two = (released(product) for product in products.values())
    stranger = [i["item"] for i in two.recommend(Ask(user=None))]
    for user in one.histories.users[:10]:
        assert [i["item"] for i in two.recommend(Ask(user=user))] == stranger


def test_releases_do_not_know_each_others_folders(products: dict[str, Product]) -> None:
    folders = [Path(release_folder(p, USE, 1)).resolve() for p in products.values()]
    for product, folder in zip(products.values(), folders, strict=True):
        assert folder.is_relative_to(product.folder.resolve())
