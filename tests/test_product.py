from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.errors import BadOption, NotFound
from pilothouse.product import (
    KEY,
    Product,
    ProductSettings,
    TableSettings,
    UseCaseSettings,
    create,
    from_file,
    key_of,
    open_product,
    write_text,
)
from pilothouse.types import Role


def test_created_product_opens_again_with_the_same_settings(tmp_path: Path) -> None:
    made = create(tmp_path / "shop", ProductSettings(name="店铺", language="zh", currency="CNY"))
    table = TableSettings(source="data/a.csv", columns={"编号": Role.ID, "到期 日.期": Role.TIME})
    made.declare("tables", "orders", table)
    use = UseCaseSettings(scenario="predict", options={"target": "买了"}, value={"contact": [1, 2, 3]})
    made.declare("use_cases", "buy", use)
    again = open_product(tmp_path / "shop")
    assert again.settings == made.settings
    assert again.settings.tables["orders"] == table
    assert again.settings.use_cases["buy"] == use
    assert again.language == "zh"


def test_declare_keeps_the_users_comments(tmp_path: Path) -> None:
    product = create(tmp_path, ProductSettings())
    path = tmp_path / "product.toml"
    path.write_text(path.read_text(encoding="utf-8") + "# my own note 备注\n", encoding="utf-8")
    product.declare("tables", "orders", TableSettings(source="a.csv"))
    assert "# my own note 备注" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Orders", "1st", "", "a" * 41, "a-b", "订单", "../x"])
def test_bad_key_is_refused(tmp_path: Path, name: str) -> None:
    product = create(tmp_path, ProductSettings())
    before = (tmp_path / "product.toml").read_bytes()
    with pytest.raises(BadOption):
        product.declare("tables", name, TableSettings(source="a.csv"))
    assert (tmp_path / "product.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[product", "product.toml"),
        ("[product]\nnmae = 'x'\n", "product.nmae"),
        ("[tables.x]\n", "tables.x.source"),
    ],
)
def test_broken_settings_are_refused_with_their_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "product.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadOption) as caught:
        open_product(tmp_path)
    assert told in caught.value.text("en")


def test_unknown_names_are_refused_with_the_nearest(tmp_path: Path) -> None:
    product = create(tmp_path, ProductSettings())
    product.declare("use_cases", "churn", UseCaseSettings(scenario="predict"))
    with pytest.raises(NotFound, match="churn"):
        product.use_case("chrun")
    with pytest.raises(NotFound):
        product.table("orders")
    with pytest.raises(NotFound, match=r"product\.toml"):
        open_product(tmp_path / "data")


def test_location_is_taken_from_the_products_folder(tmp_path: Path) -> None:
    product = create(tmp_path / "shop", ProductSettings())
    assert product.location(TableSettings(source="data/a.csv")) == str(tmp_path / "shop" / "data" / "a.csv")
    url = "postgresql://localhost/shop"
    assert product.location(TableSettings(source=url)) == url


def test_one_file_becomes_an_ordinary_product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my data.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    use = UseCaseSettings(scenario="predict", options={"target": "Left?"})
    table = TableSettings(source="my data.csv")
    product, name = from_file(Path("my data.csv"), use, table, "zh")
    assert name == "left"
    assert product.folder == tmp_path / "my data.pilothouse"
    assert Path(product.location(product.table("rows"))) == tmp_path / "my data.csv"
    with pytest.raises(NotFound):
        from_file(Path("none.csv"), use, table, None)


@given(st.text(max_size=80))
def test_key_of_any_text_is_a_key(text: str) -> None:
    assert KEY.fullmatch(key_of(text))


def test_write_text_leaves_no_other_file(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "one")
    write_text(tmp_path / "a.txt", "二\r\n")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == "二\r\n".encode()


def test_amended_answers_are_written_only_when_kept(tmp_path):
    product = create(tmp_path / "shop", ProductSettings())
    product.declare("use_cases", "churn", UseCaseSettings(scenario="predict", options={"target": "left"}))
    product.amend("churn", {"seed": 3}, {}, {"refund": False})
    assert open_product(product.folder).use_case("churn").available == {}
    product.keep("churn")
    kept = open_product(product.folder).use_case("churn")
    assert kept.available == {"refund": False} and kept.options == {"target": "left", "seed": 3}


LLM = """
[llm]
base_url = "https://models.example.com/v1"
model = "m"
key = "env:MODELS_KEY"
price_in = 1.0
price_out = 2.0
"""


def with_llm(folder: Path, text: str) -> Product:
    (folder / "product.toml").write_text(f'[product]\nname = "x"\n{text}', encoding="utf-8")
    return open_product(folder)


def test_language_model_is_read(tmp_path: Path) -> None:
    told = with_llm(tmp_path, LLM).settings.llm
    assert told is not None and told.key == "env:MODELS_KEY" and told.day_budget == 20.0
    local = with_llm(tmp_path, '[llm]\ngguf = "m.gguf"\n').settings.llm
    assert local is not None and local.gguf == "m.gguf"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("env:MODELS_KEY", "sk-the-key-itself-0123456789", "llm.key_in_file"),
        ("env:MODELS_KEY", "env:", "llm.key_in_file"),
        ("env:MODELS_KEY", "env:A B", "llm.key_in_file"),
        ('model = "m"\n', "", "llm.one_of_two"),
        ("[llm]\n", '[llm]\ngguf = "x"\n', "llm.one_of_two"),
        ("price_out = 2.0\n", "", "llm.needs_price"),
        ("price_out = 2.0", "price_out = -1", "product.bad_setting"),
        ("price_out = 2.0", 'price_out = 2.0\nkeyy = "x"', "product.bad_setting"),
    ],
)
def test_language_model_that_is_not_well_told_is_refused(
    old: str, new: str, key: str, tmp_path: Path
) -> None:
    with pytest.raises(BadOption) as caught:
        with_llm(tmp_path, LLM.replace(old, new))
    assert caught.value.problem.key == key
    assert "sk-the-key" not in json.dumps(caught.value.as_json(), ensure_ascii=False)
