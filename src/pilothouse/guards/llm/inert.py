"""What a model said, made harmless: plain text that loads nothing and leads nowhere new.

A model that obeys an attacker may say anything. So images, links and HTML of a reply become
text, an address survives only where the very same one stood in the question, and a reply
that recites its instructions is no reply. Pages and files escape what they show besides
(``guards.markup``); this is for readers who do not, and for what a link could carry away.

References
----------
OWASP, "LLM Prompt Injection Prevention"; CommonMark 0.31 and GFM, sections on links.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from functools import cache
from typing import Any

from pilothouse.guards.markup import plain

_IMAGE = re.compile(r"!\[([^\[\]\n]{0,400})\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])?")
_LINK = re.compile(r"\[([^\[\]\n]{0,400})\]\(\s*<?([^\s()<>]{0,2000})>?[^()\n]{0,200}\)")
_DEFINITION = re.compile(r"^[ ]{0,3}\[([^\[\]\n]{1,200})\]:[ \t]*<?(\S{1,2000}?)>?[ \t]*$", re.MULTILINE)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ADDRESS = re.compile(
    r"""(?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s<>"'`|\\^{}\[\]（）「」【】，。；、！？]{1,2000}"""
    r"""|(?:javascript|vbscript|data|file|blob|ftp):[^\s<>"'`]{1,2000}"""
    r"""|www\.[^\s<>"'`（）「」【】，。；、！？]{1,2000}"""
    r"""|(?<![a-z0-9@._/-])(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,18}(?::[0-9]{1,5})?[/?][^\s<>"'`（），。；、！？]{0,2000}""",
    re.IGNORECASE,
)
_ENDS = ".,;:!?)]}*_~'\""
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")
_RECITED = 60
"""Bytes of the instructions that a reply may not repeat in one piece: 20 Chinese characters."""


def inert(text: str, asked: str) -> str:
    """Make a reply plain text; ``asked`` is the question, whose own addresses may be repeated."""
    clean = plain(_THOUGHT.sub("", text), lines=True)
    clean = _IMAGE.sub(r"\1", clean)
    clean = _LINK.sub(r"\1 \2", clean)
    clean = _DEFINITION.sub(r"\1 \2", clean)
    known = frozenset(m[0].rstrip(_ENDS) for m in _ADDRESS.finditer(asked))
    return _TAG.sub("\u2039", _ADDRESS.sub(lambda m: _address(m[0], known), clean))


def inert_in(value: Any, asked: str) -> Any:
    """Do the same to every text of a nest of plain values."""
    if isinstance(value, str):
        return inert(value, asked)
    if isinstance(value, dict):
        return {k: inert_in(v, asked) for k, v in value.items()}
    return [inert_in(v, asked) for v in value] if isinstance(value, list) else value


def recites(text: str, instructions: str) -> bool:
    """Tell whether ``text`` repeats a piece of ``instructions``, also spaced out, reversed or in base64."""
    pieces = _pieces(instructions)
    said = [text, text[::-1], *(_decoded(m[0]) for m in _ENCODED.finditer(text))]
    return any(_has_piece(_bare(one), pieces) for one in said)


def _address(found: str, known: frozenset[str]) -> str:
    bare = found.rstrip(_ENDS)
    return found if bare in known else "[LINK]" + found[len(bare) :]


@cache
def _pieces(instructions: str) -> frozenset[bytes]:
    held = _bare(instructions)
    return frozenset(held[i : i + _RECITED] for i in range(len(held) - _RECITED + 1))


def _has_piece(said: bytes, pieces: frozenset[bytes]) -> bool:
    return any(said[i : i + _RECITED] in pieces for i in range(len(said) - _RECITED + 1))


def _bare(text: str) -> bytes:
    """Letters and digits alone, in one case and width."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in normal if c.isalnum()).encode("utf-8", "replace")


def _decoded(text: str) -> str:
    try:
        padded = text.rstrip("=").translate(str.maketrans("-_", "+/"))
        return base64.b64decode(padded + "=" * (-len(padded) % 4)).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""
