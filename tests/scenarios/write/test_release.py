"""A release that writes: labels that stay, personal values out, the same from disk."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pilothouse.guards.ailabel import read_text_origin
from pilothouse.guards.markup import write_csv
from pilothouse.guards.modelfile import check_manifest
from pilothouse.messages import LANGUAGES
from pilothouse.scenarios.write.release import MODEL_MADE, RULE_MADE, ServedTexts
from pilothouse.steps.deploy.contract import to_table
from pilothouse.types import Role

ROW = {
    "编号": "X1",
    "品名": "云朵枕 7 号",
    "类别": "枕头",
    "材质": "棉",
    "颜色": "米白",
    "卖点": "轻",
    "价格(元)": 88.0,
}


def told(served: ServedTexts, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    table = to_table(served.schema, rows)
    return served.shape(table, served.predict(table))


def test_one_item_in_its_text_and_checks_out(ruled: ServedTexts) -> None:
    TypeAdapter(ruled.request_type).validate_python(ROW)
    (answer,) = told(ruled, ROW)
    TypeAdapter(ruled.answer_type).validate_python(answer)
    text = answer["text"]
    assert answer["id"] == "X1" and text["passed"] and text["checks"] == [] and "88元" in text["text"]
    assert {text["variant"], *(o["variant"] for o in answer["others"])} == {"benefit", "first", "short"}
    json.dumps(answer, allow_nan=False)
    for wrong in (
        {**ROW, "more": 1},
        {k: v for k, v in ROW.items() if k != "品名"},
        {**ROW, "价格(元)": "88"},
    ):
        with pytest.raises(ValidationError):
            TypeAdapter(ruled.request_type).validate_python(wrong)


def test_a_file_whose_columns_were_read_without_roles_is_answered_alike(ruled: ServedTexts) -> None:
    table = to_table(ruled.schema, [ROW])
    read = table.describe([replace(c, role=Role.FEATURE) for c in table.columns])
    assert ruled.rows(read, ruled.predict(read)) == ruled.rows(table, ruled.predict(table))


def test_f46_rule_made_texts_say_so_and_carry_no_label_of_a_model(ruled: ServedTexts) -> None:
    (answer,) = told(ruled, ROW)
    for text in (answer["text"], *answer["others"]):
        assert text["made_by"] == RULE_MADE and text["aigc"] == "" and "AI" not in text["text"]


def test_f46_texts_of_a_model_are_labelled_twice_and_the_labels_survive_a_file(
    asked: ServedTexts, tmp_path: Path
) -> None:
    rows = [{**ROW, "品名": f"云朵枕 {n} 号"} for n in range(6)]
    table = to_table(asked.schema, rows)
    answers = asked.predict(table)
    write_csv(tmp_path / "texts.csv", asked.header, asked.rows(table, answers), bom=True)
    content = (tmp_path / "texts.csv").read_bytes().decode("utf-8-sig")
    copied = content.encode("gb18030").decode("gb18030")  # as a spreadsheet saves it anew
    lines = list(csv.DictReader(copied.splitlines()))
    by_model = [line for line in lines if line["made_by"] == MODEL_MADE]
    assert by_model and len(by_model) < len(lines)
    for line in lines:
        label = read_text_origin(line["aigc"])
        assert line["text"].endswith("（AI生成）") == (line["made_by"] == MODEL_MADE) == (label is not None)
    for said in asked.shape(table, answers):
        assert (read_text_origin(said["text"]["aigc"]) is None) == (said["text"]["made_by"] == RULE_MADE)


def test_f44_what_a_model_made_up_is_refused_and_the_rules_text_stands_there(asked: ServedTexts) -> None:
    answers = told(asked, *({**ROW, "品名": f"云朵枕 {n} 号"} for n in range(6)))
    refused = [a["text"] for a in answers if a["text"]["refused"]]
    assert refused and {"facts", "words"} <= set(refused[0]["refused"])
    for text in refused:
        assert not text["passed"] and text["made_by"] == RULE_MADE and "第一" not in text["text"]


def test_personal_values_of_a_request_never_reach_a_text(ruled: ServedTexts, asked: ServedTexts) -> None:
    row = {**ROW, "卖点": "电话 13812345678", "品名": "云朵枕 13912345678"}
    for served in (ruled, asked):
        assert "13812345678" not in json.dumps(told(served, row)) and "139123" not in json.dumps(
            told(served, row)
        )


def test_it_comes_back_from_disk_without_a_door(
    asked: ServedTexts, ruled: ServedTexts, tmp_path: Path
) -> None:
    ruled.save(tmp_path / "ruled")
    check_manifest(tmp_path / "ruled")
    again = ServedTexts.load(tmp_path / "ruled")
    assert told(again, ROW) == told(ruled, ROW) and again.schema == ruled.schema
    asked.save(tmp_path / "asked")
    found = ServedTexts.load(tmp_path / "asked")
    assert found.door is None and told(found, ROW)[0]["text"]["refused"] == ["no_model"]


def test_reasons_speak_both_languages(asked: ServedTexts) -> None:
    table = to_table(asked.schema, [{**ROW, "品名": f"云朵枕 {n} 号"} for n in range(4)])
    keys = {reason.key for (reason,) in asked.reasons(table)}
    assert keys == {"write.reason_passed", "write.reason_refused"}
    assert all(r.text(lang) for (r,) in asked.reasons(table) for lang in LANGUAGES)


def test_a_price_keeps_its_currency_to_the_text_and_over_the_disk(ruled: ServedTexts, tmp_path: Path) -> None:
    schema = tuple(replace(c, name="售价", unit="¥") if c.name == "价格(元)" else c for c in ruled.schema)
    served = replace(ruled, schema=schema)
    row = {("售价" if name == "价格(元)" else name): value for name, value in ROW.items()}
    served.save(tmp_path)
    for one in (served, ServedTexts.load(tmp_path)):
        (answer,) = told(one, row)
        assert "¥88" in answer["text"]["text"] and answer["text"]["passed"]
    table = to_table(schema, [row])
    foreign = table.describe([replace(c, unit="€" if c.name == "售价" else "") for c in table.columns])
    assert "€88" in served.rows(foreign, served.predict(foreign))[0][2]
