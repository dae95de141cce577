"""The words of a picture: files of pictures, and pages of a pdf that hold no words of their own.

What is read is a guess by a network and carries its mark in its place, so that a citation
says so. Lines that the network is unsure of are left out and counted. Pictures, their
pixels and the lines of each are bounded, and with them the time. A question above a text
is its heading; tables and columns are not told apart, handwriting is not read. Nothing is
fetched: the networks lie inside the library, and are handed to it by their paths. Needs
the extra ``vision``.

References
----------
PP-OCRv6 by PaddleOCR (Apache-2.0) through RapidOCR; pages of a pdf are drawn by PDFium.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.errors import BadTable, TooLarge
from pilothouse.guards.pictures import PictureLimits, Pixels, read_picture
from pilothouse.lazy import installed, require
from pilothouse.messages import Language, Message, say
from pilothouse.models.retrieval.chunks import Paragraph
from pilothouse.models.texts.language import language

MOST_PICTURES, MOST_LINES = 500, 300
"""Pictures of one folder, and lines of one picture."""
SURE = 0.85
"""A line's mean confidence from which it is taken. Of blurred and noisy lines of print, those below had a
fifth and more of their letters wrong, those above a twentieth."""
LIMITS = PictureLimits(side=16_000)
_SIDE, _LEAST, _LOOKED_AT = 2_000, 20, 1_280
"""Pixels: what lines are cut out of, the narrowest picture by that measure, where lines are looked for."""
_TALL, _BAND = 2.5, 500
"""Height to width from which a picture is read in bands; the least height of a band."""
_APART = 0.9
"""Gap between lines, to their height, from which a paragraph begins."""
_FULL = 0.8
"""Share of the widest line from which a line was broken for want of room."""
_ENDS, _WIDE = ".!?。！？…", "\u2e80"
_QUESTION = 120
"""Characters of the longest question that is a heading."""
_SENTENCE = re.compile(r"[^\W\d]{2}[.!?…]\s|[。！？]")
"""The end of a sentence before the question, so that it is no heading; not that of "Q1. How ...?"."""
_PICTURE_S, _LINE_S = 1.2, 0.08
"""Of one core, measured on pages of print of 3 to 60 lines."""
_NETWORKS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}


class Lettered(Paragraph):
    """A paragraph that was read from a picture."""


@dataclass
class Lettering:
    """Reads the pictures of one folder, and counts.

    Parameters
    ----------
    pictures, lines, unsure
        How many were read, and how many lines were taken and left out.
    """

    pictures: int = 0
    lines: int = 0
    unsure: int = 0
    _reader: Any = field(default=None, repr=False)

    @property
    def notes(self) -> list[Message]:
        """What the reader should know."""
        if not self.pictures:
            return []
        minutes = picture_seconds(self.pictures, self.lines + self.unsure) / 60
        told = {"lines": self.lines, "unsure": self.unsure, "minutes": minutes}
        return [say("answer.pictures_read", pictures=self.pictures, **told)]

    def of_file(self, path: Path) -> Iterator[Paragraph]:
        """Read a file of a picture.

        Raises
        ------
        BadTable, TooLarge
            Without the extra; not a picture that is welcome; over a limit.
        """
        self._check()
        yield from self.paragraphs(read_picture(path, LIMITS).pixels, "")

    def of_page(self, path: Path, number: int) -> Iterator[Paragraph]:
        """Draw a page of a pdf, numbered from 1, and read it.

        Raises
        ------
        BadTable, TooLarge
            Without the extra; when it cannot be drawn; over a limit.
        """
        self._check()
        yield from self.paragraphs(_drawn(path, number), f"page {number}, ")

    def paragraphs(self, pixels: Pixels, place: str) -> Iterator[Paragraph]:
        """Read what a picture says, from top to bottom, a tall one in bands.

        Parameters
        ----------
        pixels
            (height, width) or (height, width, 3) uint8.
        place
            What comes before the mark.
        """
        found: list[str] = []
        for band in _bands(pixels):
            found += self._band(band)
        spoken: Language = "zh" if language("\n".join(found)) == "zh" else "en"
        mark = place + say("answer.from_picture").text(spoken)
        heading = ""
        for text, after in zip(found, [*found, ""][1:], strict=True):
            if _asks(text) and after and not _asks(after):
                heading = text.replace("\n", " ")
            else:
                yield Lettered(text, mark, heading)

    def _check(self) -> None:
        """Refuse before anything is opened or drawn: that takes its time too."""
        if not can_read():
            raise BadTable(say("answer.needs_vision"))
        if self.pictures >= MOST_PICTURES:
            raise TooLarge(say("answer.too_many_pictures", most=MOST_PICTURES))

    def _band(self, pixels: Pixels) -> list[str]:
        tall, wide = pixels.shape[:2]
        if min(tall, wide) * _SIDE < _LEAST * max(tall, wide, _SIDE) or pixels.min() == pixels.max():
            return []  # a rule or an empty page: there is nothing to look for
        if self.pictures >= MOST_PICTURES:
            raise TooLarge(say("answer.too_many_pictures", most=MOST_PICTURES))
        self.pictures += 1
        if self._reader is None:
            self._reader = _loaded()
        told = self._reader(np.ascontiguousarray(pixels[..., ::-1]) if pixels.ndim == 3 else pixels)
        if told.txts is None:
            return []
        sure = [score >= SURE for score in told.scores]
        self.lines += sum(sure)
        self.unsure += len(sure) - sum(sure)
        return _joined(
            [(box, text) for box, text, yes in zip(told.boxes, told.txts, sure, strict=True) if yes]
        )


def can_read() -> bool:
    """Tell whether the extra ``vision`` is installed."""
    return installed("rapidocr") and installed("onnxruntime") and installed("pypdfium2")


def picture_seconds(pictures: int, lines: int) -> float:
    """Estimate the seconds of one core that reading takes."""
    return pictures * _PICTURE_S + lines * _LINE_S


def _loaded() -> Any:
    """Load the networks that lie inside the library; it looks for no others."""
    rapidocr = require("rapidocr", extra="vision")
    home = Path(str(rapidocr.__file__)).parent / "models"
    if not all((home / name).is_file() for name in _NETWORKS.values()):
        raise BadTable(say("answer.needs_vision"))
    settings = {
        "Global.log_level": "critical",
        "Global.text_score": 0.0,  # what is unsure is counted before it is left out
        "Global.max_side_len": _SIDE,
        "Det.limit_type": "max",
        "Det.limit_side_len": _LOOKED_AT,
        "Det.max_candidates": MOST_LINES,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        **{f"{part}.model_path": str(home / name) for part, name in _NETWORKS.items()},
    }
    return rapidocr.RapidOCR(params=settings)


def _joined(lines: list[tuple[Any, str]]) -> list[str]:
    """Join lines that stand close under each other to paragraphs; boxes are (4, 2) corners."""
    found: list[str] = []
    end, edge = 0.0, max((float(box[:, 0].max()) for box, _ in lines), default=0.0)
    is_full = False
    for box, told in lines:
        text, top, bottom = told.strip(), float(box[:, 1].min()), float(box[:, 1].max())
        if found and not _asks(found[-1]) and top - end <= _APART * (bottom - top):
            found[-1] += _between(found[-1][-1], text[0], is_full) + text
        else:
            found.append(text)
        end, is_full = bottom, float(box[:, 0].max()) >= _FULL * edge
    return found


def _asks(text: str) -> bool:
    """Tell a question by itself, which is the heading of what answers it."""
    return text.endswith(("?", "？")) and len(text) <= _QUESTION and not _SENTENCE.search(text[:-1])


def _between(last: str, first: str, is_full: bool) -> str:
    """What stands between two lines: nothing in Chinese or a space where one was broken for want of room."""
    if not is_full or last in _ENDS:
        return "\n"
    return "" if last >= _WIDE <= first else " "


def _bands(pixels: Pixels) -> Iterator[Pixels]:
    """Cut a tall picture, such as a long screenshot, where its rows are emptiest."""
    tall, wide = pixels.shape[:2]
    rows, step, start = pixels.reshape(tall, -1), max(wide, _BAND), 0
    if tall > _TALL * step:
        ink = rows.max(axis=1) - rows.min(axis=1)
        while tall - start > _TALL * step:
            end = start + step + int(ink[start + step : start + 2 * step].argmin())
            yield pixels[start:end]
            start = end
    yield pixels[start:]


def _drawn(path: Path, number: int) -> Pixels:
    """Draw one page in grey, 2,000 pixels on its longer side."""
    pdfium = require("pypdfium2", extra="vision")
    try:
        with pdfium.PdfDocument(path) as document:
            page = document[number - 1]
            scale = _SIDE / max(*page.get_size(), 1.0)
            bitmap = page.render(scale=scale, grayscale=True)
            pixels = np.array(bitmap.to_numpy(), dtype=np.uint8)
            bitmap.close()
            page.close()
    except (pdfium.PdfiumError, ctypes.ArgumentError, ValueError, IndexError) as fault:
        raise BadTable(say("answer.broken_document")) from fault
    return pixels[..., 0] if pixels.ndim == 3 else pixels
