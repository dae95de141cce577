from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.errors import Refused
from pilothouse.guards.paths import inside, is_plain, safe_id, use_case_key


def test_inside_returns_a_path_below_the_root(tmp_path: Path) -> None:
    assert inside(tmp_path, "churn", "run-1.2_x") == tmp_path.resolve() / "churn" / "run-1.2_x"


def test_inside_refuses_a_link_that_leads_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("s")
    (root / "link").symlink_to(tmp_path)
    (root / "loop").symlink_to(root)
    with pytest.raises(Refused):
        inside(root, "link", "secret")
    assert inside(root, "loop") == root.resolve()


def test_inside_refuses_a_name_that_differs_only_by_case(tmp_path: Path) -> None:
    (tmp_path / "Churn").mkdir()
    assert inside(tmp_path, "Churn").name == "Churn"
    with pytest.raises(Refused):
        inside(tmp_path, "churn")


def test_use_case_key_takes_only_what_product_toml_may_hold() -> None:
    assert use_case_key("churn_2") == "churn_2"
    for name in ("", "Churn", "2churn", "a" * 41, "a-b", "con", "流失"):
        with pytest.raises(Refused):
            use_case_key(name)


@given(st.text(max_size=300))
def test_safe_id_is_plain_and_stable(text: str) -> None:
    made = safe_id(text)
    assert is_plain(made) and made == made.lower()
    assert (
        made == safe_id(unicodedata.normalize("NFD", text)) or "\ud800" <= max(text, default="") <= "\udfff"
    )


@given(st.text(max_size=50), st.text(max_size=50))
def test_safe_id_tells_different_texts_apart(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (safe_id(one) == safe_id(other)) == same
