"""A release of lists: what a run writes, what comes back from disk, what nobody may find in it."""

from __future__ import annotations

import csv
import shutil
from copy import copy
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from pydantic import TypeAdapter

from pilothouse import pipeline
from pilothouse.errors import PilothouseError
from pilothouse.scenarios.recommend.release import ServedLists
from pilothouse.steps.deploy.asking import Ask, recommends
from pilothouse.steps.deploy.contract import to_table
from pilothouse.steps.deploy.shortlist import Rules
from scenarios.recommend.conftest import Films, Learnt, files_of
from small_films import everything_in


def test_run_ends_with_a_verdict_and_people_as_cases(films: Films) -> None:
    record = films.record
    assert record.target.kind == "ranking" and record.target.name == "film"
    assert record.metric["name"] == "ndcg"
    assert record.verdict.code != "go"  # no figure of the past alone says that a list adds anything
    assert record.explanation is not None and record.explanation.cases
    assert record.value is not None and record.flagged is None and record.learning_curve is None
    assert record.split.unit == "person" and record.split.kind == "time"


def test_report_shows_people_money_and_cases(films: Films) -> None:
    page = (films.folder.path / "report.html").read_text(encoding="utf-8")
    assert films.record.explanation is not None
    assert page.count('<article class="case">') == len(films.record.explanation.cases) >= 2
    assert 'class="people winner"' in page and 'data-out="gain"' in page
    assert "outputs/films/flagged.csv" not in page


def test_verify_of_a_finished_run_finds_nothing(films: Films) -> None:
    assert [m.text("en") for m in pipeline.verify(films.folder.path)] == []


def test_list_of_everybody_is_written_under_own_ids(films: Films) -> None:
    path = films.product.outputs("films") / "recommendations.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *lines = list(csv.reader(file))
    assert header == ["user", "rank", "item", "score"]
    assert {line[0] for line in lines} == set(films.raw)
    by_user = {user: [line for line in lines if line[0] == user] for user in films.raw}
    assert all([line[1] for line in own] == [str(r) for r in range(1, 6)] for own in by_user.values())
    assert all(len({line[2] for line in own}) == 5 for own in by_user.values())


def test_no_own_id_of_a_user_stands_in_the_run_folder(films: Films) -> None:
    """Ids of items may: a list is made of them."""
    files = files_of(films.folder.path)
    assert {p.suffix for p in files} >= {".npz", ".json", ".parquet", ".html", ".md"}
    for path in files:
        said = everything_in(path)
        assert not [raw for raw in films.raw if raw.encode() in said], path
    model = b"".join(everything_in(p) for p in files_of(films.folder.model))
    assert b"F0001" in model  # the search can find what is there
    assert films.pseudonym(films.raw[0]).encode() in model


@pytest.mark.parametrize("name", ["answers.csv", "answers.parquet"])
def test_predict_writes_lists_with_reasons_under_own_ids(films: Films, tmp_path: Path, name: str) -> None:
    asked = [*films.raw[:3], "nobody"]
    (tmp_path / "asked.csv").write_text("person\n" + "\n".join(asked) + "\n", encoding="utf-8")
    counted = pipeline.predict(films.product, "films", tmp_path / "asked.csv", tmp_path / name)
    assert counted == len(asked)
    with duckdb.connect() as connection:
        table = connection.sql(f"select * from '{tmp_path / name}'")
        assert table.columns == ["user", "rank", "item", "score", "reason"]
        lines = [tuple(map(str, line)) for line in table.fetchall()]
    assert [line[0] for line in lines] == [user for user in asked for _ in range(5)]
    assert [line[1] for line in lines] == ["1", "2", "3", "4", "5"] * len(asked)
    for user in asked:
        told = films.served.recommend(Ask(user=films.pseudonym(user), k=5))
        assert [line[2] for line in lines if line[0] == user] == [one["item"] for one in told]
    assert all(line[4].startswith(("Because you took", "Many people")) for line in lines)
    assert any(line[4].startswith("Because you took F") for line in lines)


def test_predict_gives_reasons_in_the_products_language(films: Films, tmp_path: Path) -> None:
    told, settings = copy(films.product), films.product.settings
    own = settings.product.model_copy(update={"language": "zh"})
    told.settings = settings.model_copy(update={"product": own})
    (tmp_path / "asked.csv").write_text(f"person\n{films.raw[0]}\n", encoding="utf-8")
    pipeline.predict(told, "films", tmp_path / "asked.csv", tmp_path / "answers.csv")
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        reasons = [line["reason"] for line in csv.DictReader(file)]
    assert len(reasons) == 5
    assert all(reason.startswith(("因为您选过", "很多人都选了它")) for reason in reasons)


def test_user_who_is_not_known_gets_the_newcomers_list(films: Films) -> None:
    """However the stranger is named, and whether a face or a file asks."""
    nobody = films.served.recommend(Ask(user=None, k=5, reasons=True))
    assert films.served.recommend(Ask(user="no such pseudonym", k=5, reasons=True)) == nobody
    asked = to_table(films.served.schema, [{"person": "stranger"}, {"person": None}])
    shaped = films.served.shape(asked, films.served.predict(asked))
    for one in shaped:
        assert [i["item"] for i in one["items"]] == [i["item"] for i in nobody]
    (known,) = films.served.shape(*_asked(films.served, films.raw[0]))
    assert [i["item"] for i in known["items"]] != [i["item"] for i in nobody]


def test_own_id_is_only_understood_with_the_workspaces_pseudonyms(films: Films) -> None:
    bare = replace(films.served, pseudonyms=None)
    (stranger,) = bare.shape(*_asked(bare, films.raw[0]))
    (nobody,) = bare.shape(*_asked(bare, None))
    assert stranger["items"] == nobody["items"]


def _asked(served: ServedLists, *users: str | None):
    table = to_table(served.schema, [{"person": user} for user in users])
    return table, served.predict(table)


def test_answers_are_of_the_type_that_is_told(films: Films) -> None:
    assert recommends(films.served)
    table, answers = _asked(films.served, *films.raw[:4])
    answer = TypeAdapter(films.served.answer_type)
    for said in films.served.shape(table, answers):
        assert answer.validate_python(said) == said
        assert [one["rank"] for one in said["items"]] == [1, 2, 3, 4, 5]
    assert len(films.served.rows(table, answers)) == 4 * 5


def test_lists_are_the_same_after_they_were_saved(learnt: Learnt, tmp_path: Path) -> None:
    """With rules, attributes and reasons: everything that a list depends on."""
    rules = Rules(exclude=("F0003",), boost={"genre=genre 2": 1.0}, cap_column="genre", cap=2, variety=0.3)
    for name in ("popular", "neighbours", "ease", "mixture"):
        made = ServedLists.of(learnt.models[name], learnt.models["popular"], learnt.prepared, 5, rules)
        folder = tmp_path / name
        folder.mkdir()
        made.save(folder)
        back = ServedLists.load(folder)
        users = [{made.user_name: None}] * 3
        assert (back.k, back.rules, back.schema) == (5, rules, made.schema)
        for person in [*made.histories.users[:12], None]:
            for personalized in (True, False):
                ask = Ask(user=person, k=5, reasons=True, personalized=personalized)
                assert back.recommend(ask) == made.recommend(ask)
        table = to_table(made.schema, users)
        assert back.shape(table, back.predict(table)) == made.shape(table, made.predict(table))
        assert back.similar("F0001", 4) == made.similar("F0001", 4)
        assert back.audience("F0001", 4) == made.audience("F0001", 4)


def test_changed_file_of_a_model_is_not_loaded(films: Films, tmp_path: Path) -> None:
    copied = tmp_path / "model"
    shutil.copytree(films.folder.model, copied)
    path = copied / "histories.npz"
    arrays = dict(np.load(path, allow_pickle=False))
    arrays["item"] = arrays["item"][::-1].copy()
    np.savez(path, **arrays)
    with pytest.raises(PilothouseError):
        pipeline.servable_in(copied)


def test_figures_tell_how_ratings_are_missed_and_only_of_tables_with_ratings(films: Films) -> None:
    for part in films.record.metrics.values():
        for figures in part.values():
            for name in ("rmse", "mae", "rmse_mean", "mae_mean"):
                assert figures[name].value is not None and figures[name].value > 0
                assert figures[name].low <= figures[name].value <= figures[name].high
    page = (films.folder.path / "report.html").read_text(encoding="utf-8")
    assert "RMSE of the average" in page and "只说平均分的 RMSE" in page
    assert "new_recall" not in films.record.metrics["test"][films.record.winner]  # no item is new there
