from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Done
from leavers import figures, write_shop
from pilothouse.cli import app as door
from pilothouse.messages import say


def pilothouse(
    *words: object, cwd: Path | None = None, locale: str = "C", **env: str
) -> subprocess.CompletedProcess[str]:
    """The command as a user types it."""
    spoken = {**os.environ, "LC_ALL": locale, "COLUMNS": "200", **env}
    command = [sys.executable, "-m", "pilothouse", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=spoken, capture_output=True, text=True, timeout=180)


def test_run_of_a_file_shows_the_verdict_and_keeps_progress_off_stdout(tmp_path: Path) -> None:
    write_shop(tmp_path / "shop.csv", rows=300)
    words = ["run", "shop.csv", "--target", "churned", "--option", "time_budget_s=5"]
    done = pilothouse(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split("  ")[0] in ("GO", "PILOT", "MORE DATA", "NO GO")
    assert any(line.startswith("NEXT") for line in lines)
    assert "report.html" in done.stderr and "report.html" not in done.stdout
    folder = tmp_path / "shop.pilothouse"
    zh = pilothouse("run", folder, "--lang", "zh", cwd=tmp_path)
    assert "下一步" in zh.stdout
    as_json = pilothouse("run", folder, "--json", cwd=tmp_path)
    records = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert [r["use_case"] for r in records] == ["churned"]
    (shown,) = records
    kept = folder / ".pilothouse" / "runs" / "churned" / shown["run_id"] / "run.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == shown
    assert figures(shown)["verdict"]["headline"]["en"] in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "en", "zh"),
    [
        (["run", "none.csv", "--target", "x"], 1, "none.csv", "none.csv"),
        (["verify", "nowhere"], 1, "not a finished run", "不是"),
        (["scan", "none.csv"], 1, "none.csv", "none.csv"),
        (["run"], 2, "is missing", "缺少"),
        (["run", "a.csv", "--tarGet", "x"], 2, "--target", "--target"),
        (["fly"], 2, "no command fly", "没有 fly 这个命令"),
        (["rnu"], 2, "Did you mean run", "是不是想说 run"),
        (["serve", ".", "--port", "x"], 2, "--port", "--port"),
        (["doctor", "--lang", "fr"], 1, "--lang zh", "--lang zh"),
        (["new", ".", "x", "--value", "contact"], 1, "product", "产品"),
    ],
)
def test_faults_end_with_their_code_in_the_readers_language(
    tmp_path: Path, words: list[str], code: int, en: str, zh: str
) -> None:
    for locale, told in (("C", en), ("zh_CN.UTF-8", zh)):
        done = pilothouse(*words, cwd=tmp_path, locale=locale)
        assert done.returncode == code, done.stderr
        assert told in done.stderr
        assert done.stdout == ""
        assert "Traceback" not in done.stderr


def test_fault_under_json_is_one_json_object(tmp_path: Path) -> None:
    done = pilothouse("run", "none.csv", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "not_found"


def test_our_own_fault_ends_with_70_and_no_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**options: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(sys, "argv", ["pilothouse", "doctor"])
    monkeypatch.setattr(door, "app", broken)
    monkeypatch.delenv("PILOTHOUSE_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        door.run()
    assert ended.value.code == 70
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told and "secret detail" not in told and "Traceback" not in told


def test_interrupt_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(**options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["pilothouse", "run", "a.csv", "--lang", "zh"])
    monkeypatch.setattr(door, "app", stopped)
    with pytest.raises(SystemExit) as ended:
        door.run()
    assert ended.value.code == 130
    assert say("cli.interrupted").text("zh") in capsys.readouterr().err


def test_every_command_of_a_product_works(copied: Done, tmp_path: Path) -> None:
    place = copied.product.folder

    def good(*words: object) -> str:
        done = pilothouse(*words, cwd=tmp_path)
        assert done.returncode == 0, (words, done.stderr, done.stdout)
        return done.stdout

    assert "1,400" in good("plan", place, "churn")
    assert json.loads(good("plan", place, "churn", "--json"))["rows"] == 1400
    assert "customer" in good("scan", place)
    assert json.loads(good("ship", place, "churn", "--json"))["number"] == 1
    good("ship", place, "churn")
    assert "1" in good("rollback", place, "churn")
    good("predict", place, "churn", place / "data" / "shop.csv", "-o", "out.csv", "--release", 1)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").count("\n") == 1401
    assert "Every figure holds" in good("verify", copied.folder.path)
    assert json.loads(good("verify", copied.folder.path, "--json")) == {"ok": True, "differences": []}
    assert good("keys", place, "--add", "admin").strip()
    assert "admin" in good("keys", place)
    planned = json.loads(good("experiment", "plan", place, "churn", "--json", "-o", "groups.csv"))
    assert planned["arm"] > 0
    groups = (tmp_path / "groups.csv").read_text(encoding="utf-8-sig").splitlines()
    assert groups[0].split(",")[0] == "customer"
    assert len(groups) == 1 + planned["assigned"]
    good("experiment", "plan", place, "churn", "-o", "again.csv", "--lang", "zh")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "groups.csv").read_bytes()
    good("doctor")
    good("init", tmp_path / "new")
    good("add", tmp_path / "new", "customers", place / "data" / "shop.csv", "--role", "customer=id")
    good("new", tmp_path / "new", "churn", "--target", "churned", "--value", "contact=20")
    path = copied.folder.path / "card.md"
    path.write_text(path.read_text(encoding="utf-8").replace("1", "2", 1), encoding="utf-8")
    assert pilothouse("verify", copied.folder.path).returncode == 1


def test_control_characters_of_a_file_never_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,na\x1b[31mme,y\n" + "1,2,3\n" * 30, encoding="utf-8")
    done = pilothouse("scan", "a.csv", cwd=tmp_path)
    assert "\x1b" not in done.stdout + done.stderr
