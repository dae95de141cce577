"""F42, structured part: canaries planted in a table are nowhere in what prepare hands on."""

import json

import numpy as np
import pytest

from pilothouse.guards.personal import Pseudonyms, redact
from pilothouse.steps.prepare.desensitise import desensitise
from pilothouse.types import Column, Kind, Role, Table

CANARIES = {
    "id_card": ["11010519491231002X", "440308199901101512"],
    "mobile": ["13912345678", "+86 138-8765-4321", "１５０１２３４５６７８"],
    "bank_card": ["6222021234567894", "4111 1111 1111 1111"],
    "plate": ["京N8B7F6", "粤BD12345"],
    "address": ["深圳市南山区科技园路12号3栋401室", "221 Baker Street"],
    "wechat": ["wxid_q1w2e3r4t5"],
    "email": ["wang.fang@corp.example.cn"],
    "secret": ["sk-canary0123456789abcdef"],
    "phone": ["0755-26712345"],
}
EVERY = [(kind, value) for kind, values in CANARIES.items() for value in values]
ROWS = 60


def column(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def everything(table):
    """All that a run could write down of a table: values, names, reasons."""
    words = [str(v) for name in table.names for v in table[name].tolist() if v is not None]
    reasons = [json.dumps(c.reason.as_json(), ensure_ascii=False) for c in table.columns if c.reason]
    return "\n".join([*words, *table.names, *reasons])


@pytest.mark.parametrize(("kind", "value"), EVERY)
def test_f42_canary_in_a_text_is_masked(kind, value):
    assert redact(f"客户说：{value}，请核实") == f"客户说：[{kind.upper()}]，请核实"


@pytest.mark.parametrize(("kind", "value"), EVERY)
@pytest.mark.parametrize("where", ["column", "one cell", "text", "id", "heading"])
def test_f42_canary_in_a_table_is_not_handed_on(kind, value, where):
    plain = [f"值{i % 7}" for i in range(ROWS)]
    kinds = {"id": Role.ID}
    columns = {"id": [f"C{i}" for i in range(ROWS)], "x": list(plain)}
    if where == "column":
        columns["x"] = [value] * ROWS
    elif where == "one cell":
        columns["x"][17] = value
    elif where == "text":
        columns["memo"] = [f"第{i}次反馈，{value}，谢谢" for i in range(ROWS)]
    elif where == "id":
        columns["id"][3] = value
    else:
        columns[value] = columns.pop("x")
    table = Table(
        tuple(
            Column(n, Kind.TEXT if n == "memo" else Kind.CATEGORY, kinds.get(n, Role.FEATURE))
            for n in columns
        ),
        {n: column(v) for n, v in columns.items()},
    )
    done = desensitise(table, Pseudonyms(b"0123456789abcdef"))
    handed_on = everything(done.table) + "".join(
        t.column + json.dumps(t.reason.as_json(), ensure_ascii=False) for t in done.report
    )
    assert value not in handed_on
    assert done.report


def test_f42_mobiles_read_as_numbers_are_not_handed_on():
    values = np.array([13912345600.0 + i for i in range(ROWS)])
    done = desensitise(Table((Column("contact", Kind.NUMBER),), {"contact": values}), Pseudonyms(b"0" * 16))
    assert "139123456" not in everything(done.table)
    assert done.report[0].treatment == "removed"
