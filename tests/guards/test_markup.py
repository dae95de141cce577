from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from pilothouse.guards.markup import (
    both,
    csv_cell,
    inline,
    json_island,
    markdown,
    plain,
    templates,
    write_csv,
)

SOURCE = Path(__file__).parents[2] / "src" / "pilothouse"


def test_templates_escape_and_refuse_missing_values() -> None:
    environment = templates("pilothouse.report")
    assert environment.from_string("<p>{{ x }}</p>").render(x="<b>&\"'") == "<p>&lt;b&gt;&amp;&#34;&#39;</p>"
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nothing }}").render()


def test_no_template_switches_escaping_off() -> None:
    for path in SOURCE.rglob("templates/*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape|\sstyle=|\son[a-z]+=", text), path.name


def test_markup_is_made_behind_this_door_only() -> None:
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "markup.py":
            assert not re.search(r"\bMarkup\(|\|\s*safe\b", text), path


def test_both_escapes_each_language_and_says_equal_texts_once() -> None:
    assert both("<a>", "甲") == '<span lang="en">&lt;a&gt;</span><span lang="zh-CN">甲</span>'
    assert both("<a>", "<a>") == "<bdi>&lt;a&gt;</bdi>"


def test_inline_hash_is_that_of_the_policy() -> None:
    element, source = inline("script", "alert('Hello, world.');")
    assert element == "<script>alert('Hello, world.');</script>"
    # The example of W3C, Content Security Policy Level 3.
    assert source == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


@pytest.mark.parametrize("text", ["</script>", "x </SCRIPT", "<!-- x", "a\r\nb"])
def test_inline_text_that_ends_its_element_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="script"):
        inline("script", text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e300, 1e300) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_json_island_reads_back_and_cannot_close_its_script(value: object) -> None:
    island = json_island(value)
    assert json.loads(island) == value
    assert not set(island) & set("<>&\u2028\u2029")


def test_json_island_writes_numbers_without_a_word_as_null() -> None:
    assert json_island({"a": [float("nan"), float("inf"), 1.5]}) == '{"a":[null,null,1.5]}'


@pytest.mark.parametrize(
    "text",
    [
        *(
            "=1+1",
            "+1",
            "-cmd",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            " =1",
            '"=1',
            "'=1",
            "-",
            "--1",
            "- 1",
            "-1 =2",
            "-1+1",
        ),
        *("＝1+1", "＋1", "－cmd", "＠x", "\u3000=1", "\ufeff=1", "-2,5|cmd"),
    ],
)
def test_csv_cell_formula_gets_a_quote(text: str) -> None:
    assert csv_cell(text) == "'" + text


@pytest.mark.parametrize(
    "value",
    ["-1", "-0.5", "-1,234.50", "-1e-9", "-.5", "-12%", "plain", "a=b", "1+1", "", "2024-01-02", "王=小"],
)
def test_csv_cell_leaves_numbers_and_plain_text_alone(value: str) -> None:
    assert csv_cell(value) == value


def test_csv_cell_writes_numbers_and_missing_values() -> None:
    cells = [csv_cell(v) for v in (-5, -2.5, 1e308, None, float("nan"), True)]
    assert cells == ["-5", "-2.5", "1e+308", "", "", "True"]


def test_write_csv_reads_back_with_and_without_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write_csv(path, ["id", "=evil"], [["00123", -1.5], ['说"好",\n再见', None]], bom=True)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["id", "'=evil"], ["00123", "-1.5"], ['说"好",\n再见', ""]]
    write_csv(path, ["=a"], [["=b"]], raw=True)
    assert path.read_bytes() == b"=a\r\n=b\r\n"


def test_write_csv_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write_csv(path, ["a"], [["old"]])

    def rows() -> object:
        yield ["new"]
        raise OSError(28, os.strerror(28))

    with pytest.raises(OSError, match="space"):
        write_csv(path, ["a"], rows())  # type: ignore[arg-type]
    assert path.read_bytes() == b"a\r\nold\r\n"
    assert [p.name for p in tmp_path.iterdir()] == ["list.csv"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jwiped", "wiped"),
        ("a\nFAKE LOG LINE", "a FAKE LOG LINE"),
        ("a\r\nb\tc", "a b c"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("in\u200bvis\ufeffible", "invisible"),
        ("bell\x07 back\x08 nul\x00", "bell back nul"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("家庭 👩\u200d👧 good", "家庭 👩\u200d👧 good"),
        ("unended \x1b]0;title stays", "unended 0;title stays"),
    ],
)
def test_plain_takes_out_what_steers_a_terminal(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text(st.characters(codec=None)))
def test_plain_never_leaves_a_control_character(text: str) -> None:
    clean = plain(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]", clean)
    assert plain(clean) == clean


def test_plain_keeps_lines_when_asked() -> None:
    assert plain("a\r\nb\x1b[1m\tc\n", lines=True) == "a\nb c\n"


def test_plain_stays_quick_on_a_hostile_megabyte() -> None:
    for hostile in ("\x9d" * 500_000, "\x1b]" * 250_000, "\x1b[" * 250_000 + "0" * 500_000):
        assert "\x1b" not in plain(hostile)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>alert(1)</script>", r"\<script\>alert\(1\)\</script\>"),
        ("[x](javascript:alert(1))", r"\[x\]\(javascript:alert\(1\)\)"),
        ("see http://evil.test", r"see http\://evil.test"),
        ("# no heading\n- no list", r"\# no heading - no list"),
        ("1. not a list", r"\1. not a list"),
        ("a|b", r"a\|b"),
        ("价格（元）", "价格（元）"),
    ],
)
def test_markdown_reads_as_itself(text: str, expected: str) -> None:
    assert markdown(text) == expected
