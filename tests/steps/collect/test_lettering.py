"""The words of pictures: what is read, how it is marked, what is left out, and what is refused."""

from __future__ import annotations

import io
import json
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import BadTable, TooLarge
from pilothouse.guards.personal import Pseudonyms
from pilothouse.guards.pictures import as_png
from pilothouse.models.retrieval.passages import CORPUS
from pilothouse.steps.collect import Collected, Source, lettering, read
from pilothouse.steps.collect.lettering import Lettered, Lettering, picture_seconds
from pilothouse.steps.prepare.answers import AnswerWish, prepare_answers
from small_lettering import CHINESE, scanned, written

seeing = pytest.mark.skipif(not lettering.can_read(), reason="needs the extra vision")
SECRET = 13912345678


class Reader:
    """Stands for the networks: it tells lines that it was given, (text, score, left, top, right)."""

    def __init__(self, *lines: tuple[str, float, int, int, int]) -> None:
        self.lines, self.seen = lines, list[tuple[int, ...]]()

    def __call__(self, pixels: Any) -> Reader:
        self.seen.append(pixels.shape)
        self.txts = tuple(line[0] for line in self.lines) or None
        self.scores = tuple(line[1] for line in self.lines)
        corners = [[(a, y), (b, y), (b, y + 20), (a, y + 20)] for _, _, a, y, b in self.lines]
        self.boxes = np.array(corners, dtype=float)
        return self


PAGE = np.tile(np.arange(200, dtype=np.uint8), (300, 1))


def told(*lines: tuple[str, float, int, int, int]) -> list[tuple[str, str]]:
    found = Lettering(_reader=Reader(*lines)).paragraphs(PAGE, "page 3, ")
    return [(one.heading, one.text) for one in found]


def test_lines_become_paragraphs_and_questions_headings() -> None:
    found = told(
        ("How do I return it?", 1, 0, 0, 90),
        ("Within 30 days, in its", 1, 0, 25, 190),
        ("box, with a receipt.", 1, 0, 50, 180),
        ("Monday", 1, 0, 75, 40),
        ("Tuesday", 1, 0, 100, 40),
        ("Another matter.", 1, 0, 160, 100),
        ("Q2. And this?", 1, 0, 200, 100),
        ("Yes. Or was it no?", 1, 0, 225, 100),
    )
    first = "Within 30 days, in its box, with a receipt.\nMonday\nTuesday"
    asked = "How do I return it?"
    assert found == [(asked, first), (asked, "Another matter."), ("Q2. And this?", "Yes. Or was it no?")]


def test_chinese_that_was_broken_for_want_of_room_is_joined() -> None:
    assert told(("三十天内退", 1, 0, 0, 190), ("货，免运费。", 1, 0, 25, 190)) == [
        ("", "三十天内退货，免运费。")
    ]
    assert told(("星期一", 1, 0, 0, 40), ("星期二到星期日", 1, 0, 25, 190)) == [
        ("", "星期一\n星期二到星期日")
    ]


def test_place_says_that_it_was_read_in_the_language_of_the_text() -> None:
    for line, place in (("Five euros.", "page 3, read from a picture"), ("五元。", "page 3, 识别自图片")):
        (one,) = Lettering(_reader=Reader((line, 1, 0, 0, 9))).paragraphs(PAGE, "page 3, ")
        assert isinstance(one, Lettered) and one.place == place


def test_unsure_lines_are_left_out_and_counted() -> None:
    letters = Lettering(_reader=Reader(("Sure.", 0.99, 0, 0, 9), ("Svrc", 0.6, 0, 60, 9)))
    assert [one.text for one in letters.paragraphs(PAGE, "")] == ["Sure."]
    assert (letters.pictures, letters.lines, letters.unsure) == (1, 1, 1)
    for language in ("en", "zh"):
        (note,) = (n.text(language) for n in letters.notes)
        assert "1" in note and f"{picture_seconds(1, 2) / 60:.1f}" in note
    assert Lettering().notes == []


def test_empty_pages_and_rules_are_not_looked_at() -> None:
    reader = Reader()
    letters = Lettering(_reader=reader)
    for pixels in (np.full((300, 300), 250, dtype=np.uint8), np.ones((5, 900), dtype=np.uint8), PAGE[:3]):
        assert list(letters.paragraphs(pixels, "")) == []
    assert reader.seen == [] and letters.pictures == 0
    assert list(letters.paragraphs(PAGE, "")) == [] and letters.pictures == 1


def test_colours_reach_the_reader_in_its_order() -> None:
    kept: list[Any] = []

    class Keeper(Reader):
        def __call__(self, pixels: Any) -> Reader:
            kept.append(pixels)
            return super().__call__(pixels)

    red = np.zeros((60, 60, 3), dtype=np.uint8)
    red[5:, :, 0] = 255
    list(Lettering(_reader=Keeper()).paragraphs(red, ""))
    assert kept[0][30, 30].tolist() == [0, 0, 255]


def test_tall_pictures_are_cut_where_nothing_stands() -> None:
    tall = np.full((2_000, 400), 255, dtype=np.uint8)
    for top in range(0, 2_000, 40):
        tall[top : top + 25, 10:200] = np.arange(190, dtype=np.uint8)
    reader = Reader()
    list(Lettering(_reader=reader).paragraphs(tall, ""))
    ends = np.cumsum([shape[0] for shape in reader.seen])
    assert len(ends) > 1 and ends[-1] == 2_000
    assert all(tall[end - 1 if end == 2_000 else end].min() == 255 for end in ends)


def test_pictures_of_one_folder_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "MOST_PICTURES", 2)
    letters = Lettering(_reader=Reader())
    for _ in range(2):
        list(letters.paragraphs(PAGE, ""))
    with pytest.raises(TooLarge, match="more than 2 pictures"):
        list(letters.paragraphs(PAGE, ""))
    monkeypatch.setattr(lettering, "can_read", lambda: True)
    monkeypatch.setattr(lettering, "_drawn", lambda *_: pytest.fail("drawn in vain"))
    monkeypatch.setattr(lettering, "read_picture", lambda *_: pytest.fail("opened in vain"))
    for look in (letters.of_file(Path("a.png")), letters.of_page(Path("a.pdf"), 1)):
        with pytest.raises(TooLarge):
            list(look)


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "installed", lambda name: name != "rapidocr")
    for look in (lambda: Lettering().of_file(tmp_path), lambda: Lettering().of_page(tmp_path, 1)):
        with pytest.raises(BadTable, match=r"pip install 'pilothouse\[vision\]'") as fault:
            list(look())
        assert "pilothouse[vision]" in fault.value.problem.text("zh")


# What follows needs the networks.


def reasons(found: Collected) -> dict[str, str]:
    return {reject.text: reject.reason.text("en") for reject in found.rejects}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Collected:
    home = tmp_path_factory.mktemp("documents")
    (home / "a.md").write_text("# Hours\n\nWe open at nine.\n", "utf-8")
    for name in "bcdefghi":
        (home / f"{name}.md").write_text(f"Fine words of {name}.\n", "utf-8")
    written(f"When may we call {SECRET}?", "Call us on weekdays from nine to six.").save(home / "p.png")
    (home / "q.jpg").write_bytes(CHINESE)
    blank = written("x").point(lambda _: 250)
    scanned(
        home / "s.pdf", [written("Parcels weigh at most 20 kilograms."), blank, written("Boxes are free.")]
    )
    moving = io.BytesIO()
    written("one").save(moving, "GIF", save_all=True, append_images=[written("two")])
    (home / "t.gif").write_bytes(moving.getvalue())
    (home / "u.png").write_bytes(b"MZ no picture")
    (home / "v.png").write_bytes(as_png(np.full((90, 90), 7, dtype=np.uint8)))
    return read(Source(str(home)))


@seeing
def test_pictures_among_documents_are_read(found: Collected) -> None:
    table = found.table
    rows = {
        table["source"][r]: (table["heading"][r], table["place"][r], table["text"][r])
        for r in range(table.rows)
    }
    assert rows["a.md"] == ("Hours", "line 3", "We open at nine.")
    asked = f"When may we call {SECRET}?"
    assert rows["p.png"] == (asked, "read from a picture", "Call us on weekdays from nine to six.")
    assert rows["q.jpg"] == ("灯具怎么退货？", "识别自图片", "三十天内凭发票退货，运费由商家承担。")
    assert any("4 pictures were read" in note.text("en") for note in found.notes)


@seeing
@pytest.mark.skipif(not lettering.installed("pypdf"), reason="needs the extra text")
def test_scanned_pages_keep_their_numbers(found: Collected) -> None:
    table = found.table
    pages = [
        (table["place"][r], table["text"][r]) for r in range(table.rows) if table["source"][r] == "s.pdf"
    ]
    assert pages == [
        ("page 1, read from a picture", "Parcels weigh at most 20 kilograms."),
        ("page 3, read from a picture", "Boxes are free."),
    ]


@seeing
def test_other_pictures_are_rejected_with_their_reasons(found: Collected) -> None:
    told = reasons(found)
    assert "moves" in told["t.gif"] or "frame" in told["t.gif"] or "animat" in told["t.gif"]
    assert "picture" in told["u.png"] and "No words" in told["v.png"]
    assert set(told) - {"s.pdf"} == {"t.gif", "u.png", "v.png"}


@seeing
def test_personal_values_in_pictures_are_masked_like_any_other(found: Collected) -> None:
    table = found.table
    while table.rows < 40:
        table = table.take(np.arange(table.rows + 1) % table.rows)
    texts = [
        t if r < found.table.rows else f"{t} Number {r} of the list." for r, t in enumerate(table["text"])
    ]
    table = table.put(table.column("text"), np.array(texts, dtype=object))
    prepared = prepare_answers(table, AnswerWish(), Pseudonyms(b"0123456789abcdef"))
    corpus = prepared.data.tables[CORPUS]
    kept = json.dumps([corpus[name].tolist() for name in corpus.names], ensure_ascii=False, default=str)
    assert "weekdays" in kept and str(SECRET) not in kept


@seeing
def test_reading_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    written("Nine euros a month.").save(tmp_path / "a.png")
    assert [one.text for one in Lettering().of_file(tmp_path / "a.png")] == ["Nine euros a month."]
