"""Passages keep every character, their heading and their place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.models.retrieval.chunks import Paragraph, chunked, paragraphs_of

GUIDE = """# Returns

## How do I return an order?
Open the app
and press Return.

Keep the box.
## 费用
30 天内免费。
"""


def test_markdown_is_parted_at_headings_with_lines() -> None:
    found = list(paragraphs_of(GUIDE))
    assert [(p.heading, p.place) for p in found] == [
        ("How do I return an order?", "line 4"),
        ("How do I return an order?", "line 7"),
        ("费用", "line 9"),
    ]
    assert found[0].text == "Open the app\nand press Return."


def test_paragraphs_are_joined_below_one_heading_only() -> None:
    chunks = list(chunked(paragraphs_of(GUIDE), "guide.md"))
    assert [(c.source, c.heading, c.place) for c in chunks] == [
        ("guide.md", "How do I return an order?", "line 4"),
        ("guide.md", "费用", "line 9"),
    ]
    assert chunks[0].text.endswith("Keep the box.")


def test_long_paragraphs_are_cut_between_sentences() -> None:
    told = "第一句话说明规则。" * 30
    chunks = list(chunked([Paragraph(told, "page 2")], "a.pdf", most=50))
    assert all(len(c.text) <= 50 and c.text.endswith("。") and c.place == "page 2" for c in chunks)
    assert "".join(c.text for c in chunks).replace(" ", "") == told


@given(st.lists(st.text(alphabet="ab 。.\n#字", max_size=80), max_size=8), st.integers(5, 60))
def test_no_letter_is_lost_and_no_passage_too_long(texts: list[str], most: int) -> None:
    paragraphs = [Paragraph(text, "line 1") for text in texts if text.strip()]
    chunks = list(chunked(paragraphs, "x", most=most))
    assert all(len(c.text) <= most for c in chunks)
    kept, given_ = (
        "".join("".join(t).split()) for t in ((c.text for c in chunks), (p.text for p in paragraphs))
    )
    assert kept == given_
