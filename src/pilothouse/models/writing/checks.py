"""What every text must pass before a reader sees it, whoever wrote it.

Facts come from the row alone, and the text is about that row; no absolute claim, no
forbidden word, no link, no personal value, nothing that a model says to whoever asked
it; length, readability, no repetition.
A finding names the words that it is about. The checks know characters, numbers and lists
of words; they do not understand: a false statement made of the row's own words, an opinion,
or a Chinese name that is on no list passes them. So a person reads before a customer does.

References
----------
Advertising Law of the People's Republic of China (2021), articles 4, 9 and 28;
OWASP Top 10 for LLM applications (2025), LLM05 improper output handling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from pilothouse.guards.personal import find_in
from pilothouse.models.texts.tokens import terms
from pilothouse.models.writing.facts import Fact, Item, is_price
from pilothouse.models.writing.figures import Figure, figures, plain, unit_of
from pilothouse.models.writing.likeness import repetition, tokens
from pilothouse.models.writing.reading import readability, sentences
from pilothouse.models.writing.rules import Rules, packaged

CHECKS = ("facts", "words", "brand", "length", "readable", "repeats", "safe")
_ZH_UNITS = re.findall(r"\w+", "年 月 天 日 元 克 千克 厘米 毫米 米 小时 分钟 升 毫升 倍")
MOST_REPEATED, MOST_SHOUTS, LEAST_OF_NAME, LEAST_OF_ROW = 0.25, 1, 0.6, 1 / 3
MOST_CHECKED = 40_000
"""Characters of a text that is looked at; a longer one fails unread."""
_LATIN = re.compile(
    r"[A-Za-z\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f]*(?:['’&+.-][A-Za-z0-9\u00c0-\u024f]+)*\+?"
)
_CODE = re.compile(r"(?=[a-z0-9-]*[a-z])(?=[a-z0-9-]*\d)[a-z0-9-]+")
_BETWEEN_HAN = re.compile(
    r"(?<=[\u3400-\u9fff])[^\u3400-\u9fffa-z0-9。！？!?；;，,：:\n]+(?=[\u3400-\u9fff])"
)
_LINK = re.compile(
    r"https?:|www[.。]|\bftp:|javascript:|data:\w|\bmailto:|\]\(|!\[|\[[^\]]{1,100}\]:|"
    r"(?<![a-z0-9-])[a-z0-9-]{1,63}\s?[.。]\s?(?:com|cn|net|org|io|top|xyz|shop|info|cc|me|app|link|ru|tk|site|vip|club|co)\b(?!\w)|"
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b"
)
_MARKUP = re.compile(r"<[a-z/!?]|&#|&[a-z]{2,8};|```|\*\*|^#{1,6}\s|\|\s*-{3}|\\u[0-9a-f]{4}", re.MULTILINE)
_BLOB = re.compile(r"[A-Za-z0-9+/=_-]{40,}")
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
_FULL_STOP = re.compile(r"(?:^|[.!?:;\n\"“(•—-])\s*$")


@dataclass(frozen=True)
class Finding:
    """What is wrong: the check's name, and the words in the text (or those that lack)."""

    check: str
    words: str


@dataclass(frozen=True)
class Checked:
    """A text's findings and figures.

    Parameters
    ----------
    findings
        Empty where everything passes.
    told
        Share of the row's facts that the text tells.
    length, readability
        Characters or words; 0 to 100.
    """

    findings: tuple[Finding, ...]
    told: float
    length: int
    readability: float

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def holds(self, check: str) -> bool:
        """Whether one check found nothing."""
        return all(finding.check != check for finding in self.findings)


def check(text: str, item: Item, rules: Rules) -> Checked:
    """Hold ``text`` about ``item`` to ``rules``."""
    if len(text) > MOST_CHECKED:
        return Checked((Finding("length", f"> {MOST_CHECKED}"),), 0.0, len(text), 0.0)
    length = length_of(text, rules.language)
    ease = readability(text, rules.language, "\n".join(item.source))
    found = [
        *(Finding("facts", w) for w in (*invented(text, item, rules), *missing(text, item))),
        *(Finding("words", w) for w in forbidden(text, rules)),
        *(Finding("brand", w) for w in _brand(text, rules)),
        *(Finding("safe", w) for w in unsafe(text)),
    ]
    low, high = rules.span
    if not low <= length <= high:
        found.append(Finding("length", f"{length} ({low}–{high})"))
    if ease < rules.easiest:
        found.append(Finding("readable", f"{ease:.0f} < {rules.easiest:.0f}"))
    if (said := repetition(text, rules.language)) > MOST_REPEATED:
        found.append(Finding("repeats", f"{100 * said:.0f}%"))
    return Checked(tuple(dict.fromkeys(found)), told(text, item), length, ease)


def length_of(text: str, language: str) -> int:
    """Characters that are no blanks in Chinese, words in English."""
    if language == "zh":
        return sum(not c.isspace() for c in text)
    return len([w for w in text.split() if any(c.isalnum() for c in w)])


def invented(text: str, item: Item, rules: Rules) -> list[str]:
    """Words of ``text`` that tell a fact which the row does not have."""
    known = _known(item, rules)
    flat = plain(text)
    found = [flat[f.start : f.end] for f in figures(flat) if not known.has(f)]
    found += [w for w in _names(text, rules.language) if not known.names(w)]
    listed = _pattern("claims", rules.language)
    found += [m[0] for m in listed.finditer(flat) if m[0] not in known.words]
    return list(dict.fromkeys(found))


def astray(text: str, item: Item, rules: Rules) -> list[str]:
    """Sentences that speak of something else: hardly a word of theirs is the row's or the user's.

    For texts of which nobody knows where their words come from. Words that only join do not
    count; of Chinese each character does.
    """
    split = tokens if rules.language == "zh" else terms
    known = set(split(plain("\n".join((*item.source, *rules.must_have, *rules.one_of)))))
    found = []
    for sentence in sentences(text):
        said = split(plain(sentence))
        if sum(term in known for term in said) < LEAST_OF_ROW * len(said):
            found.append(sentence[:40])
    return found


def missing(text: str, item: Item) -> list[str]:
    """What a text about ``item`` cannot do without: most of its name, and one fact where there is any."""
    flat, name = set(tokens(plain(text))), tokens(plain(item.name))
    found = []
    if name and sum(token in flat for token in name) < LEAST_OF_NAME * len(name):
        found.append(f"+ {item.name}")
    if item.facts and told(text, item) == 0:
        found.append(f"+ {item.facts[0].told}")
    return found


def told(text: str, item: Item) -> float:
    """Share of the row's facts whose value stands in ``text``; 1 where the row has none."""
    flat = plain(text)
    values = {f.value for f in figures(flat)}
    held = [_tells(flat, values, fact) for fact in item.facts]
    return sum(held) / len(held) if held else 1.0


def _tells(flat: str, values: set[str], fact: Fact) -> bool:
    value = plain(fact.value)
    if value in flat and not value.isdigit():
        return True
    inside = figures(value)
    covered = bool(inside) and sum(f.end - f.start for f in inside) >= len(value.strip()) - 2
    return covered and all(f.value in values for f in inside)


def forbidden(text: str, rules: Rules) -> list[str]:
    """Absolute claims and the user's forbidden words, also with something between the characters."""
    flat = plain(text)
    tight = _BETWEEN_HAN.sub("", flat)
    found = [m[0] for form in {flat, tight} for m in _pattern("forbidden", "zh").finditer(form)]
    found += [m[0] for m in _pattern("forbidden", "en").finditer(flat)]
    found += [w for w in rules.forbidden if plain(w) and (plain(w) in flat or plain(w) in tight)]
    return sorted(set(found))


def _brand(text: str, rules: Rules) -> Iterator[str]:
    """What must stand there and does not; and shouting."""
    yield from (f"+ {w}" for w in rules.must_have if w not in text)
    if rules.one_of and not any(w in text for w in rules.one_of):
        yield "+ " + " / ".join(rules.one_of)
    if len(re.findall(r"[!！]", text)) > MOST_SHOUTS:
        yield "!!"


def unsafe(text: str) -> list[str]:
    """Links, markup, personal values, hidden characters, long codes, leftovers of prompts."""
    flat = plain(text)
    found = [m[0] for pattern in (_LINK, _MARKUP) for m in pattern.finditer(flat)]
    found += [m[0][:20] for m in _BLOB.finditer(text)]
    found += [f"U+{ord(m[0]):04X}" for m in _HIDDEN.finditer(text)]
    found += [f"({span.kind})" for span in find_in(text)]
    found += [m[0] for m in _leftovers().finditer(flat)]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class _Known:
    """What may stand in a text about one item."""

    words: str
    figures: frozenset[tuple[str, str]]
    values: frozenset[str]
    latin: frozenset[str]

    @staticmethod
    def of(item: Item, rules: Rules) -> _Known:
        """Read the row; a unit stands beside the number or in the column, or is the currency of a price."""
        source = plain("\n".join((*item.source, *rules.must_have, *rules.one_of)))
        held = {(f.value, f.unit) for f in figures(source)}
        for fact in item.facts:
            priced = unit_of(rules.currency) if is_price(fact.label) and not fact.unit else ""
            units = {unit_of(fact.unit), *_units_in(plain(fact.label)), priced} - {""}
            bare = [f for f in figures(plain(fact.value)) if not f.unit]
            held |= {(f.value, unit) for f in bare for unit in units}
        values = {value for value, _ in held}
        for value, unit in tuple(held):
            if unit == "date":
                values |= set(value.split("-")) | {part.lstrip("0") for part in value.split("-")}
        latin = {p for w in _LATIN.findall(source) for p in (w, *re.split(r"[.'’&+-]", w))}
        return _Known(source, frozenset(held), frozenset(values), frozenset(latin))

    def has(self, figure: Figure) -> bool:
        """Whether the row tells this number in this unit, or this date or its year and month."""
        if figure.unit == "date":
            days = [value for value, unit in self.figures if unit == "date"]
            return any(day.startswith(figure.value) or _same_day(figure.value, day) for day in days)
        if (figure.value, figure.unit) in self.figures:
            return True
        if figure.unit in ("year", "month", "day"):
            parts = [value.split("-") for value, unit in self.figures if unit == "date"]
            place = ("year", "month", "day").index(figure.unit)
            return any(len(day) > place and day[place].lstrip("0") == figure.value for day in parts)
        return not figure.unit and figure.value in self.values

    def names(self, word: str) -> bool:
        """Whether the row has this Latin word, or its parts."""
        low = plain(word).removesuffix("'s").removesuffix("’s")
        parts = [p for p in re.split(r"[.'’&+-]", low) if p]
        return low in self.latin or all(p in self.latin or p.isdigit() for p in parts) or bool(unit_of(low))


@lru_cache(maxsize=64)
def _known(item: Item, rules: Rules) -> _Known:
    """Kept, because several texts about one item are checked in turn."""
    return _Known.of(item, rules)


def _same_day(told_: str, day: str) -> bool:
    """A day without its year."""
    return told_.startswith("*-") and day.endswith(told_[1:])


def _units_in(label: str) -> set[str]:
    found = {unit_of(part) for part in re.split(r"[^a-z%$¥€£]+", label) if len(part) > 1}
    return found | {unit_of(word) for word in _ZH_UNITS if word in label}


def _names(text: str, language: str) -> Iterator[str]:
    """Words that name something: in Chinese all Latin words, in English capitals and codes."""
    plainly = _starters()
    for match in _LATIN.finditer(text):
        word = match[0]
        if len(word) < 2 or (language != "zh" and word.islower() and not _CODE.fullmatch(word)):
            continue
        if language == "zh":
            yield word
        elif _FULL_STOP.search(text[: match.start()]) and word.lower() in plainly and not word.isupper():
            continue
        elif word not in ("I", "I'm", "It's") and not (word.isupper() and word.lower() in plainly):
            yield word


@cache
def _starters() -> frozenset[str]:
    return frozenset(packaged("words")["starters"]["en"].split())


@cache
def _pattern(group: str, language: str) -> re.Pattern[str]:
    """One packaged list as a pattern over plain text; the longest word first."""
    listed = packaged("words")[group][language]
    joined = "|".join(f"(?:{w})" for w in sorted(listed, key=len, reverse=True))
    if language == "zh":
        return re.compile(joined)
    return re.compile(rf"(?<![a-z0-9])(?:{joined})(?![a-z0-9])")


@cache
def _leftovers() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{w})" for w in packaged("words")["leftovers"]["both"]))
