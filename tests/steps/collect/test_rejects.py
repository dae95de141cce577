import csv

from pilothouse.messages import say
from pilothouse.steps.collect import Reject, write_rejects


def test_rejects_are_written_redacted_and_harmless(tmp_path):
    rejects = [
        Reject(3, say("collect.ragged", found=2, expected=3), "=cmd|'/c calc'!A1,13800138000"),
        Reject(9, say("collect.no_number"), "oops", "金额"),
    ]
    write_rejects(tmp_path / "rejects.csv", rejects, lambda text: text.replace("13800138000", "[MOBILE]"))
    with (tmp_path / "rejects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["line", "column", "reason", "reason_zh", "text"]
    assert rows[1][:3] == ["3", "", "2 cells where the table has 3 columns"]
    assert rows[1][4] == "'=cmd|'/c calc'!A1,[MOBILE]"
    assert rows[2] == ["9", "金额", "not a number; taken as missing", "不是数字，按缺失处理", "oops"]


def test_rejects_without_text_hold_line_and_reason_only(tmp_path):
    rejects = [Reject(3, say("collect.ragged", found=2, expected=3), "00100,林明")]
    write_rejects(tmp_path / "rejects.csv", rejects, str, with_text=False)
    told = (tmp_path / "rejects.csv").read_text(encoding="utf-8")
    assert "2 cells where the table has 3 columns" in told and "林明" not in told
