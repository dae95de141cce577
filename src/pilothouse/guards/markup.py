"""The one door for HTML, CSV, Markdown and plain text made of other people's words.

Column names, file names, customer tickets and model texts are all written by
strangers. Whatever is shown as a page, a spreadsheet, a card or a log line passes
through here, so that it stays text: templates escape by default and fail on a
missing value, JSON inside a page cannot close its script, a cell cannot become a
formula, a log line cannot steer a terminal.

It does not decide what is shown, and it does not redact personal data
(``guards.personal`` does).

References
----------
OWASP, "CSV Injection"; OWASP, "Cross Site Scripting Prevention"; W3C, "Content
Security Policy Level 3", section 2.3 (hash sources); Unicode TR 36 (bidirectional
text spoofing).
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import math
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

_JSON_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}

# Spreadsheets skip leading blanks and quotes before they look for a formula, and
# some of them read the full-width forms as their ASCII twins.
_FORMULA = re.compile(r"""[\s"'\ufeff\u200b\u200e\u200f\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20]|'*[\t\r\n]""")
_NEGATIVE = re.compile(r"-(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d{1,3})?%?(?<=[\d%])", re.ASCII)

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    # OSC and DCS: titles, links. The run is bounded and stops at the next opening: linear time.
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]?"
)
_BLANKS = re.compile(r"[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]+")
_INVISIBLE = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$@]|(?<=\w):(?=//)|(?<=www)\.|^[-=]|^\d+(?=[.)]))")


def templates(package: str) -> Environment:
    """Open the folder ``templates`` of ``package``.

    Every value is escaped, and a value that is missing is an error instead of an
    empty place.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def both(en: str, zh: str) -> Markup:
    """Put both languages into the page; the page's style shows one of them."""
    if en == zh:
        return Markup("<bdi>{}</bdi>").format(en)
    return Markup('<span lang="en">{}</span><span lang="zh-CN">{}</span>').format(en, zh)


def inline(tag: Literal["script", "style"], text: str) -> tuple[Markup, str]:
    """Make an inline script or style of our own text, and its source for the policy.

    Returns
    -------
    tuple
        The element, and ``'sha256-...'`` for the Content-Security-Policy.

    Raises
    ------
    ValueError
        When the text would end its own element or would not hash as written.
    """
    lowered = text.lower()
    if f"</{tag}" in lowered or "<!--" in lowered or "\r" in text or "\0" in text:
        raise ValueError(f"this text cannot stand inside <{tag}>")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"<{tag}>{text}</{tag}>"), f"'sha256-{digest}'"


def json_island(value: Any) -> Markup:
    """Write ``value`` as JSON that may stand inside ``<script type="application/json">``.

    Numbers that JSON has no word for (NaN, infinity) become null.
    """
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_JSON_ESCAPES))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return value


def picture_uri(png: bytes) -> str:
    """Make a PNG the address of itself, for a picture inside a page.

    Raises
    ------
    ValueError
        When it is no PNG: a page holds no other kind of picture.
    """
    if not png.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("not a PNG")
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def csv_cell(value: object) -> str:
    """Write one cell so that no spreadsheet takes it for a formula.

    A text that begins like a formula, also behind blanks and quotes and in
    full-width letters, gets a leading ``'``; a number stays as it is, and so does
    a text that is a negative number. Taking one ``'`` off again, where what
    follows begins like a formula, gives the text back. Missing values are empty.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    text = str(value)
    if _FORMULA.match(text) and not _NEGATIVE.fullmatch(text):
        return "'" + text
    return text


def write_csv(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    bom: bool = False,
    raw: bool = False,
) -> None:
    """Write a CSV file, whole or not at all: UTF-8, commas, CRLF as RFC 4180 says.

    Parameters
    ----------
    path
        Where it goes; its folder must be there.
    header, rows
        Cells pass through ``csv_cell``, names of columns too.
    bom
        Begin with a byte order mark, by which Excel knows UTF-8.
    raw
        Leave the cells as they are: for machines only, never for a spreadsheet.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written; ``path`` is then as before.
    """
    cell = (lambda v: "" if v is None else str(v)) if raw else csv_cell
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.")
    try:
        encoding = "utf-8-sig" if bom else "utf-8"
        with open(handle, "w", encoding=encoding, errors="backslashreplace", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow([cell(v) for v in header])
            writer.writerows([cell(v) for v in row] for row in rows)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may forget the new name; Windows has no such call.
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def plain(text: str, *, lines: bool = False) -> str:
    """Take out what steers a terminal or forges a log line.

    Escape sequences, control characters, invisible and direction-changing
    characters go; line ends and tabs become one space, unless ``lines`` keeps the
    line feeds.
    """
    clean = _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n"))
    if lines:
        clean = "\n".join(_BLANKS.sub(" ", line) for line in clean.split("\n"))
    else:
        clean = _BLANKS.sub(" ", clean)
    clean = _INVISIBLE.sub("", clean)
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in clean)


def markdown(text: str) -> str:
    """Write ``text`` as one line of Markdown that reads as itself: no tag, link, table or heading."""
    return _MARKDOWN.sub(r"\\\1", plain(text))
