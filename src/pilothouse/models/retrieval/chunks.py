"""A document as passages: each keeps its source, its heading and its place.

Paragraphs are joined up to a length that one can read, never over a heading; a paragraph
that is longer is cut between sentences. Every character of the text lies in one passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pilothouse.models.texts.tokens import sentences

MOST_CHARACTERS = 800
"""Of a passage: what a reader takes in at once, and about what an encoder looks at."""
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.+?)\s*#*\s*$")


@dataclass(frozen=True)
class Chunk:
    """A passage.

    Parameters
    ----------
    text
        What it says.
    source, heading, place
        File name; the heading above it, or ""; where in the file: "line 12", "page 3".
    """

    text: str
    source: str = ""
    heading: str = ""
    place: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A piece of a document as a reader sees it."""

    text: str
    place: str
    heading: str = ""


def paragraphs_of(text: str) -> Iterator[Paragraph]:
    """Part plain text or Markdown at empty lines and headings; places are lines from 1."""
    heading, held, start = "", list[str](), 1
    for number, line in enumerate([*text.splitlines(), ""], 1):
        found = _HEADING.match(line)
        if line.strip() and not found:
            held = [*held, line.strip()] if held else [line.strip()]
            start = number if len(held) == 1 else start
            continue
        if held:
            yield Paragraph("\n".join(held), f"line {start}", heading)
            held = []
        if found:
            heading = found.group(1)


def chunked(paragraphs: Iterable[Paragraph], source: str, most: int = MOST_CHARACTERS) -> Iterator[Chunk]:
    """Join paragraphs of one heading and place's run into passages of at most ``most`` characters."""
    held: list[Paragraph] = []
    for paragraph in paragraphs:
        size = sum(len(one.text) + 1 for one in held) + len(paragraph.text)
        if held and (paragraph.heading != held[0].heading or size > most):
            yield _joined(held, source)
            held = []
        if len(paragraph.text) <= most:
            held.append(paragraph)
            continue
        for piece in _cut(paragraph.text, most):
            yield Chunk(piece, source, paragraph.heading, paragraph.place)
    if held:
        yield _joined(held, source)


def _joined(held: list[Paragraph], source: str) -> Chunk:
    return Chunk("\n".join(one.text for one in held), source, held[0].heading, held[0].place)


def _cut(text: str, most: int) -> Iterator[str]:
    """Cut a long paragraph between sentences, and a sentence that is too long where it must be."""
    held = ""
    for sentence in sentences(text):
        for start in range(0, len(sentence), most):
            piece = sentence[start : start + most]
            if held and len(held) + len(piece) + 1 > most:
                yield held
                held = ""
            held = f"{held} {piece}".strip() if held else piece
    if held:
        yield held
