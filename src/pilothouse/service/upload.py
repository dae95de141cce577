"""Read an uploaded file: ``multipart/form-data`` with exactly one part, a file.

The body was counted by the edge; here the number of parts, the size of their headers and
the length of the name are bounded. What the file is, is for its door to find out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pilothouse.errors import UserFault
from pilothouse.messages import say
from pilothouse.steps.deploy.contract import MAX_ID

UPLOADS = "/predict"
"""Addresses that end so take a file; no other does."""
_MOST_HEADERS, _MOST_HEADER = 4, 1_024


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes = field(repr=False)


def is_form(content_type: bytes | None) -> bool:
    """Tell whether a body is declared as a form with files."""
    return (
        content_type is not None and content_type.partition(b";")[0].strip().lower() == b"multipart/form-data"
    )


def parse_upload(body: bytes, content_type: bytes) -> Upload:
    """Read the one file of a form.

    Raises
    ------
    UserFault
        When the form is not whole, or holds anything but one file.
    """
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    reading = _Reading()
    try:
        parser = MultipartParser(
            boundary, reading.callbacks(), max_header_count=_MOST_HEADERS, max_header_size=_MOST_HEADER
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as fault:
        raise _unfit() from fault
    if reading.parts != 1 or not reading.is_whole:
        raise _unfit()
    told = parse_options_header(reading.headers.get(b"content-disposition", b""))
    name = told[1].get(b"filename")
    if told[0] != b"form-data" or name is None:
        raise _unfit()
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise _unfit() from fault
    if len(text) > MAX_ID or "\0" in text:
        raise _unfit()
    return Upload(text, bytes(reading.content))


def _unfit() -> UserFault:
    return UserFault(say("service.bad_form"), say("service.send_one_file"))


class _Reading:
    """What the parser tells, piece by piece."""

    def __init__(self) -> None:
        self.parts, self.is_whole = 0, False
        self.headers: dict[bytes, bytes] = {}
        self.content = bytearray()
        self._name, self._value = b"", b""

    def callbacks(self) -> Any:
        def begin() -> None:
            self.parts += 1

        def name(data: bytes, start: int, end: int) -> None:
            self._name += data[start:end]

        def value(data: bytes, start: int, end: int) -> None:
            self._value += data[start:end]

        def kept() -> None:
            self.headers[self._name.lower()] = self._value
            self._name = self._value = b""

        def content(data: bytes, start: int, end: int) -> None:
            self.content += data[start:end]

        def whole() -> None:
            self.is_whole = True

        found: dict[str, Callable[..., None]] = {
            "on_part_begin": begin,
            "on_header_field": name,
            "on_header_value": value,
            "on_header_end": kept,
            "on_part_data": content,
            "on_end": whole,
        }
        return found
