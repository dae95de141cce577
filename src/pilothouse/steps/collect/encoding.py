"""Which encoding a text file is in: found from its bytes, never assumed.

The cascade: byte order mark; UTF-16 by where its zero bytes stand; strict UTF-8;
strict GB18030; then, for a file that is strict in none, the one in which most
lines are right, so that only the wrong lines are lost. It does not split rows.

Source: GB 18030-2022 (which byte pairs are common characters); RFC 3629.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# One GB18030 character, or a byte that begins none; groups: four bytes or a pair of
# GB 2312, a pair whose second byte is a letter, any other.
_GB = re.compile(
    rb"([\x81-\xfe][0-9][\x81-\xfe][0-9]|[\x81-\xfe][\xa1-\xfe])"
    rb"|([\x81-\xfe][A-Za-z])|([\x81-\xfe][\x40-\xa0]|[\x80-\xff])"
)
_COMMON_PAIRS = re.compile(rb"(?:[\x00-\x7f]|[\xb0-\xd7][\xa1-\xfe])*")
_TWO_BYTES_ONLY = re.compile(rb"(?:[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf])*")


@dataclass(frozen=True)
class Encoding:
    """How to turn a file's bytes into lines.

    ``line_end`` is what ends a line: a carriage return alone counts only where
    the file has no line feed.
    """

    codec: str
    line_end: str

    @property
    def is_wide(self) -> bool:
        """Whether every character takes two bytes or more."""
        return self.codec.startswith(("utf-16", "utf-32"))

    @property
    def label(self) -> str:
        """The name a reader knows."""
        return {"utf-8-sig": "UTF-8 (BOM)", "cp1252": "Latin-1"}.get(self.codec, self.codec.upper())


def find_encoding(path: Path) -> Encoding:
    """Find the encoding and the line end of ``path``, reading it at most three times."""
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    codec = _by_mark(head) or _by_zero_bytes(path, head) or _by_strictness(path, head)
    return Encoding(codec, _line_end(path, codec))


def open_text(path: Path, encoding: Encoding) -> TextIO:
    """Open ``path`` as lines; a byte that does not decode becomes a lone surrogate."""
    newline = "\r" if encoding.line_end == "\r" else "\n"
    # UTF-16 and UTF-32 take no surrogateescape; what is broken there shows as U+FFFD.
    errors = "replace" if encoding.is_wide else "surrogateescape"
    return io.open(path, encoding=encoding.codec, errors=errors, newline=newline)  # noqa: SIM115, UP020


def _by_mark(head: bytes) -> str | None:
    return next((codec for mark, codec in _MARKS if head.startswith(mark)), None)


def _by_zero_bytes(path: Path, head: bytes) -> str | None:
    # ASCII inside UTF-16 has every other byte zero, always on the same side.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    many, few = max(even, odd), min(even, odd)
    if many * 40 < len(head) or few * 10 > many or path.stat().st_size % 2:
        return None
    codec = "utf-16-le" if odd > even else "utf-16-be"
    # A few stray zeros in UTF-8 fall on one side too, but then no line end is to be seen.
    has_line_end = not {"\n", "\r"}.isdisjoint(head.decode(codec, "replace"))
    return codec if has_line_end and _is_strict(path, codec) else None


def _by_strictness(path: Path, head: bytes) -> str:
    if _is_strict(path, "utf-8"):
        return "gb18030" if _is_disguised(head) and _is_strict(path, "gb18030") else "utf-8"
    lines = [line for line in head.split(b"\n") if not line.isascii()]
    if sum(_decodes(line, "utf-8") for line in lines) * 2 > len(lines) or not lines:
        return "utf-8"
    if _looks_chinese(head) and sum(_decodes(line, "gb18030") for line in lines) * 2 >= len(lines):
        return "gb18030"
    return "cp1252"


def _is_disguised(head: bytes) -> bool:
    """Tell whether valid UTF-8 is more likely a few common Chinese characters in GB18030.

    Short GBK texts such as the two bytes of one character may be valid UTF-8 by
    chance; then every character is of two bytes and every pair a common one.
    """
    if head.isascii() or not _TWO_BYTES_ONLY.fullmatch(head):
        return False
    return _COMMON_PAIRS.fullmatch(head) is not None


def _looks_chinese(head: bytes) -> bool:
    found = letters = 0
    for match in _GB.finditer(head):
        found += 1
        letters += match.group(2) is not None
    # In Latin-1 the byte after an accented letter is nearly always a letter.
    return found > 0 and letters * 2 < found


def _decodes(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _is_strict(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _line_end(path: Path, codec: str) -> str:
    if codec.startswith(("utf-16", "utf-32")):
        with path.open(encoding=codec, errors="replace", newline="") as file:
            while text := file.read(_CHUNK):
                if "\n" in text:
                    return "\n"
        return "\r"
    # No other codec here uses these two bytes inside a character.
    has_return = False
    for chunk in _chunks(path):
        if b"\n" in chunk:
            return "\n"
        has_return = has_return or b"\r" in chunk
    return "\r" if has_return else "\n"
