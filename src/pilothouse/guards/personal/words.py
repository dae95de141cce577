"""What column names say, and who bears a Chinese surname: words only, no decision.

The words stand in ``words.toml``. A column's name counts by how it ends ("customer
phone no"), because what stands before qualifies it and what stands after makes it
something else: ``phone_calls`` and ``手机品牌`` are no numbers to call.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_BRACKETS = re.compile(r"[(\[（【][^)\]）】]{0,40}[)\]）】]")
_HAN = re.compile("[\u4e00-\u9fff]")
_HAN_NAME = re.compile("[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,8}[·•][\u4e00-\u9fff]{1,8}")
_LATIN_NAME = re.compile(r"[A-Z][A-Za-z'\-]{1,20}(?: [A-Z]\.?)?(?: [A-Z][A-Za-z'\-]{1,20}){1,2}")
# "卡" alone is any card, "姓名" takes no number; other words may or may not be followed by one.
_TAIL = {"bank_card": "(?:号|号码)", "name": "(?:称)?"}
_ANY_TAIL = "(?:号|号码|编号|账号)?"


@cache
def _words() -> dict[str, Any]:
    path = resources.files("pilothouse.guards.personal") / "words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _han_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, re.compile(rf"(?:{'|'.join(words)}){_TAIL.get(kind, _ANY_TAIL)}[0-9一二三]?$"))
        for kind, words in _words()["chinese"].items()
    )


@cache
def _english() -> dict[str, str]:
    return {phrase: kind for kind, phrases in _words()["english"].items() for phrase in phrases}


@cache
def _surnames() -> frozenset[str]:
    kept = _words()["surnames"]
    return frozenset("".join(kept["one"].split())) | frozenset(kept["two"])


def kind_by_name(column: str) -> str | None:
    """Return what a column's name promises: "mobile", "email", ... or None.

    A bare ``name`` (名称 likewise) promises nothing: products have names as well.

    >>> kind_by_name("customerPhoneNo"), kind_by_name("phone_calls"), kind_by_name("手机号码（必填）")
    ('mobile', None, 'mobile')
    """
    bare = _BRACKETS.sub("", column).strip()
    if _HAN.search(bare):
        return next((kind for kind, pattern in _han_patterns() if pattern.search(bare)), None)
    words = [w.lower() for w in _SPLIT.findall(bare)]
    kind = _by_last_words(words)
    if kind is None and len(words) > 1 and words[-1] in _words()["open"]["tails"]:
        kind = _by_last_words(words[:-1])
    return kind


def _by_last_words(words: list[str]) -> str | None:
    known = (_english().get(" ".join(words[-size:])) for size in (3, 2, 1) if len(words) >= size)
    return next((kind for kind in known if kind), None)


def may_name_people(column: str) -> bool:
    """Tell whether the name leaves open that people are named: ``name``, ``客户``, ``owner``."""
    words = [w.lower() for w in _SPLIT.findall(column)]
    if words:
        return words[-1] in _words()["open"]["english"]
    return column.strip() in _words()["open"]["chinese"]


def begins_with_surname(text: str) -> bool:
    """Tell whether ``text`` begins as a Chinese name does."""
    return text[:1] in _surnames() or text[:2] in _surnames()


def is_name_shaped(text: str) -> bool:
    """Tell whether ``text`` could be a person's whole name, Chinese or English.

    >>> is_name_shaped("欧阳娜娜"), is_name_shaped("Ada Lovelace"), is_name_shaped("黑色钢笔")
    (True, True, False)
    """
    if _HAN_NAME.fullmatch(text):
        if "·" in text or "•" in text or text[:2] in _surnames():
            return True
        return len(text) <= 3 and text[0] in _surnames()
    return _LATIN_NAME.fullmatch(text) is not None
