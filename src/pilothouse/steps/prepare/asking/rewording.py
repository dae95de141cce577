"""A question in other words, by rules: no model, no network, the same for the same seed.

Synonyms, politeness, another order, fewer words; slips of the keyboard. Rules do not reach
what people think of: questions made here are told apart from people's own everywhere.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from pilothouse.models.texts.language import language

_MARK = re.compile(r"[\s?？。.!！]+$")
_LEAST_LETTERS = 0.8
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def reworded(question: str, seed: int) -> str:
    """Ask the same in other words.

    Parameters
    ----------
    question
        As somebody wrote it, in Chinese or English.
    seed
        Chooses the rules.

    Returns
    -------
    str
        At least a polite word differs; the meaning does not.
    """
    draw = random.Random(f"{seed} {question}")
    rules = _rules(question)
    bare, mark = _parted(question)
    changed = _synonyms(bare, rules, draw)
    ways: list[Callable[[str], str]] = [
        lambda text: _turned(text, rules),
        lambda text: _fewer(text, rules, draw),
        lambda text: _polite(text, rules, draw),
    ]
    draw.shuffle(ways)
    for way in ways[: draw.randint(1, 2)]:
        changed = way(changed)
    if changed.lower() == bare.lower():
        changed = _polite(changed, rules, draw)
    return changed + (mark if draw.random() < 0.5 else "")


def mistyped(question: str, seed: int) -> str:
    """Let one or two slips of the keyboard happen: two from 12 characters on."""
    draw = random.Random(f"{seed} {question}")
    bare, mark = _parted(question)
    changed = bare
    slip = _slip_zh if language(question) == "zh" else _slip_en
    for _ in range(2 if len(bare) >= 12 else 1):
        changed = slip(changed, draw)
    return changed + mark


def contradicting(question: str, answer: str, seed: int) -> str | None:
    """Ask with a number that the answer denies: whoever answers must not repeat it; None without numbers."""
    found = _NUMBER.findall(answer)
    if not found:
        return None
    draw = random.Random(f"{seed} {question}")
    wrong = str(int(float(found[0])) + draw.choice([3, 7, 11]))
    while wrong in found:
        wrong = str(int(wrong) + 4)
    bare, _ = _parted(question)
    if language(question) == "zh":
        return f"{bare}，我听说是{wrong}，对吗？"
    return f"{bare} - I heard {wrong}, is that right?"


def asked_of(passage: str, seed: int) -> str:
    """Make a question of a sentence of a document that nobody asked anything about."""
    from pilothouse.models.texts.tokens import sentences

    draw = random.Random(f"{seed} {passage}")
    told = [one for one in sentences(passage) if len(one) >= 8 and _is_prose(one)] or [passage]
    sentence = _parted(draw.choice(told))[0][:80]
    chinese = language(passage) == "zh"
    hidden = _NUMBER.sub("多少" if chinese else "how many", sentence, count=1)
    if hidden != sentence:
        return hidden + ("？" if chinese else "?")
    fewer = _fewer(sentence, _rules(passage), draw)
    return f"{fewer}，具体是怎样的？" if chinese else f"What about this: {fewer}?"


def _is_prose(sentence: str) -> bool:
    """Whether it is mostly letters: no line of a table, no code."""
    letters = sum(char.isalnum() or char.isspace() for char in sentence)
    return sentence[0].isalnum() and letters >= _LEAST_LETTERS * len(sentence)


@cache
def _wording() -> Mapping[str, Any]:
    path = resources.files("pilothouse.steps.prepare.asking") / "wording.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _rules(text: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _wording()["zh" if language(text) == "zh" else "en"]
    return found


def _parted(question: str) -> tuple[str, str]:
    """What is asked, and the mark at its end."""
    found = _MARK.search(question.strip())
    return (question.strip(), "") if found is None else (question.strip()[: found.start()], found[0].strip())


def _synonyms(text: str, rules: Mapping[str, Any], draw: random.Random) -> str:
    """Swap up to two pairs."""
    pairs = [(a, b) for a, b in rules["pairs"]] + [(b, a) for a, b in rules["pairs"] if len(b) > 1]
    draw.shuffle(pairs)
    done = 0
    for here, there in pairs:
        pattern = re.escape(here) if not here.isascii() else rf"\b{re.escape(here)}\b"
        found = re.search(pattern, text, re.IGNORECASE)
        if found and there.lower() not in text.lower():
            text = text[: found.start()] + there + text[found.end() :]
            done += 1
        if done == 2:
            break
    return text


def _polite(text: str, rules: Mapping[str, Any], draw: random.Random) -> str:
    if draw.random() < 0.7:
        return str(draw.choice(rules["polite_before"])) + text
    return text + str(draw.choice(rules["polite_after"]))


def _turned(text: str, rules: Mapping[str, Any]) -> str:
    """Put what it is about first: "how do I do a thing" becomes "a thing, how do I do it"."""
    if rules["verbs"]:
        verbs = "|".join(rules["verbs"])
        found = re.fullmatch(rf"(如何|怎么|怎样)({verbs})(.{{2,}})", text)
        return f"{found[3]}{found[1]}{found[2]}" if found else _clauses(text, "，")
    found = re.fullmatch(r"(?i)(what is|what are|what's|which are) (.{4,})", text)
    return f"{found[2]} - {found[1].lower()} that" if found else _clauses(text, ", ")


def _clauses(text: str, comma: str) -> str:
    """Let two clauses change places."""
    parts = text.split(comma.strip())
    return text if len(parts) != 2 else f"{parts[1].strip()}{comma}{parts[0].strip()}"


def _fewer(text: str, rules: Mapping[str, Any], draw: random.Random) -> str:
    """Leave out small words, as people do who type in a hurry."""
    if rules["verbs"]:
        for small in rules["small"]:
            if small in text and len(text) > len(small) + 4 and draw.random() < 0.7:
                text = text.replace(small, "", 1)
        return text
    small_words = set(rules["small"])
    kept = [word for word in text.split() if word.lower() not in small_words or draw.random() < 0.3]
    return " ".join(kept) if len(kept) >= 2 else text


def _slip_zh(text: str, draw: random.Random) -> str:
    pairs: list[str] = _wording()["slips"]["zh"]
    slips = {pair[1]: pair[0] for pair in pairs} | {pair[0]: pair[1] for pair in pairs}
    places = [i for i, c in enumerate(text) if c in slips]
    if places and draw.random() < 0.7:
        i = draw.choice(places)
        return text[:i] + slips[text[i]] + text[i + 1 :]
    return _slip_any(text, draw)


def _slip_en(text: str, draw: random.Random) -> str:
    places = [i for i, c in enumerate(text) if c.isascii() and c.isalpha()]
    if not places:
        return _slip_any(text, draw)
    i = draw.choice(places)
    row = next((row for row in _wording()["slips"]["en"] if text[i].lower() in row), "")
    if row and draw.random() < 0.4:
        near = row[max(0, row.index(text[i].lower()) - 1) : row.index(text[i].lower()) + 2]
        return text[:i] + draw.choice([c for c in near if c != text[i].lower()]) + text[i + 1 :]
    return _slip_any(text, draw)


def _slip_any(text: str, draw: random.Random) -> str:
    """Leave a character out, write it twice, or let it change places with the next."""
    if len(text) < 4:
        return text
    i = draw.randrange(1, len(text) - 1)
    way = draw.randrange(3)
    if way == 0:
        return text[:i] + text[i + 1 :]
    if way == 1:
        return text[:i] + text[i] + text[i:]
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
