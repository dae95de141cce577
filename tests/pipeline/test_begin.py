from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from leavers import make_product
from pilothouse.errors import BadOption, NotFound
from pilothouse.guards.llm import LlmDoor
from pilothouse.guards.markup import write_csv
from pilothouse.pipeline.begin import begin, collect, make_scenario, pseudonyms, table_name
from pilothouse.pipeline.foresee import foresee
from pilothouse.pipeline.speaking import in_run
from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.runs.folder import RunFolder
from pilothouse.scenarios.answer import Answer
from pilothouse.store.purse import Purses
from pilothouse.store.state import State
from small_llm import serving


def quiet(event: object) -> None:
    """Nobody listens."""


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"target": "x", "time_budget": 5}, "time_budget_s"),
        ({"target": "x", "seed": -1}, "seed"),
        ({}, "target"),
    ],
)
def test_wrong_options_are_refused_by_name(options: dict[str, object], told: str) -> None:
    with pytest.raises(BadOption, match=told):
        make_scenario(UseCaseSettings(scenario="predict", options=options))


def test_wrong_values_are_refused_by_name() -> None:
    use = UseCaseSettings(scenario="predict", options={"target": "x"}, value={"true_positiv": 3})
    with pytest.raises(BadOption, match="true_positive"):
        make_scenario(use)


def test_same_data_settings_and_plan_have_the_same_fingerprint(tmp_path: Path) -> None:
    one = begin(make_product(tmp_path / "a", rows=300), "churn", "en", quiet)
    two = begin(make_product(tmp_path / "b", rows=300), "churn", "zh", quiet)
    other = begin(make_product(tmp_path / "c", rows=300, seed=4), "churn", "en", quiet)
    assert one.fingerprint() == two.fingerprint() != other.fingerprint()
    assert one.plan == two.plan


def test_key_of_pseudonyms_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    product = create(tmp_path, ProductSettings())
    first = pseudonyms(product)
    path = product.hidden / "keys" / "pseudonyms.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = path.read_bytes()
    pseudonyms(product)
    assert path.read_bytes() == key and len(key) >= 32
    assert first is not None


def test_ambiguous_dates_are_asked_about_and_the_answer_is_taken(tmp_path: Path) -> None:
    product = make_product(tmp_path / "shop", rows=120)
    path = tmp_path / "shop" / "data" / "shop.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    dated = [lines[0] + ",joined"] + [
        f"{line},0{n % 9 + 1}/0{n % 7 + 1}/2024" for n, line in enumerate(lines[1:])
    ]
    path.write_text("\n".join(dated), encoding="utf-8")
    with pytest.raises(BadOption, match="day_first"):
        begin(product, "churn", "en", quiet)
    product.declare("tables", "customers", TableSettings(source="data/shop.csv", day_first=True))
    assert begin(product, "churn", "en", quiet).prepared.data.rows > 0


def test_product_without_a_table_says_how_to_add_one(tmp_path: Path) -> None:
    product = create(tmp_path, ProductSettings())
    with pytest.raises(NotFound, match="pilothouse add"):
        table_name(product, UseCaseSettings(scenario="predict"))


def test_preparing_asks_a_language_model_in_a_run_alone_and_is_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMALL_KEY", "secret")
    *_, faq = Answer.examples()

    def said(request: dict[str, Any]) -> str:
        asked = request["messages"][-1]["content"].split("<data>\n")[1].split("\n</data>")[0]
        return json.dumps({"questions": [f"Somebody wonders, in short: {asked}"]})

    with serving(said) as server:
        product = create(tmp_path, ProductSettings(language="en"))
        rows = zip(faq.table["question"], faq.table["answer"], strict=True)
        write_csv(tmp_path / "faq.csv", ("question", "answer"), rows)
        product.declare("tables", "rows", TableSettings(source="faq.csv"))
        use = UseCaseSettings(scenario="answer", table="rows", options={"paraphrases": 6})
        product.declare("use_cases", "help", use)
        with (tmp_path / "product.toml").open("a", encoding="utf-8") as file:
            file.write(
                f'\n[llm]\nbase_url = "{server.url}"\nmodel = "small"\nprice_in = 1\nprice_out = 1\n'
                'key = "env:SMALL_KEY"\nallow_hosts = ["127.0.0.1"]\nday_budget = 50\nrun_budget = 50\n'
            )
        product = Product(tmp_path)
        foreseen = foresee(product, "help")
        lines = [line.text("en") for line in foreseen.lines]
        assert any("6 questions anew" in line for line in lines) and not server.got
        assert foreseen.plan.money > 0 and not foreseen.plan.leaves_machine
        with monkeypatch.context() as far:
            far.setattr(LlmDoor, "remote", True)
            far.setattr("pilothouse.guards.llm.door.name_finder", lambda: "one")
            lines = [line.text("en") for line in foresee(product, "help").lines]
            assert any("outside service" in line for line in lines)
            assert not any("nothing leaves" in line for line in lines)
            far.setattr("pilothouse.guards.llm.door.name_finder", lambda: None)
            lines = [line.text("en") for line in foresee(product, "help").lines]
            assert not any("anew" in line for line in lines)
            notes = begin(product, "help", "en", quiet, payer="help/first").prepared.notes
            assert any("did not reply" in n.text("en") and "privacy" in n.text("en") for n in notes)
        assert not server.got
        first = begin(product, "help", "en", quiet, payer="help/first")
        assert len(server.got) == 6
        folder = RunFolder(tmp_path / "20260101T000000-0123abcd")
        in_run(first.llm, "help", folder, payer="help/first")
        state = State(tmp_path / ".pilothouse" / "state.db")
        purses = Purses(state.database)
        assert 0 < purses.spent(f"llm run help/{folder.run_id}") <= 50
        assert purses.spent("llm run help/first") == 0
        state.close()
        again = begin(product, "help", "en", quiet)
        assert len(server.got) == 6 and again.questions.requests.digest() == first.questions.requests.digest()
        assert "model" in first.questions.requests["origin"].tolist()
        foreseen = foresee(product, "help")
        assert not any("anew" in line.text("en") for line in foreseen.lines)
        assert foreseen.plan.money == begin(product, "help", "en", quiet).plan.money


def test_a_folder_of_scans_is_documents_to_who_reads_documents(tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    for number in range(3):
        (scans / f"{number}.png").write_bytes(b"no picture")
    (scans / "faq.txt").write_text("Lamps may be returned within 30 days.\n", encoding="utf-8")
    product = create(tmp_path / "product", ProductSettings(name="shop", language="en"))
    product.declare("tables", "scans", TableSettings(source="../scans"))
    found = collect(product, UseCaseSettings(scenario="answer", table="scans"))
    assert found.table["text"].tolist() == ["Lamps may be returned within 30 days."]
    assert len(found.rejects) == 3
