"""Personal values inside texts: where they stand, and masking them.

Mobile and landline numbers, e-mail, Chinese ID cards (check digit of GB 11643-1999,
ISO 7064 MOD 11-2), bank cards (issuer, length and the Luhn digit of ISO/IEC 7812-1),
plates (GA 36-2018), addresses down to a number, WeChat and QQ accounts, IP addresses,
secret keys, and names that a label announces ("姓名：..."). Full-width digits and
zero-width characters hide nothing.

Patterns use ASCII classes and bounded or possessive repeats only, so that time grows
with the length of the text. Names without a label are ``people``'s business.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from pilothouse.guards.personal.words import begins_with_surname


class Span(NamedTuple):
    """A personal value: where it stands in the text, end excluded, and its kind."""

    start: int
    end: int
    kind: str


def has_id_check_digit(digits: str) -> bool:
    """Tell whether 18 characters are a Chinese ID number (15: the old form, without check digit)."""
    if digits[:2] not in _PROVINCES:
        return False
    if len(digits) == 15:
        return True
    total = sum(int(d) * w for d, w in zip(digits[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == digits[17].upper()


def is_bank_card(digits: str) -> bool:
    """Tell whether 13 to 19 digits name an issuer, have its length and pass Luhn's test."""
    if not any(digits.startswith(p) and len(digits) in sizes for p, sizes in _ISSUERS):
        return False
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


_PROVINCES = frozenset(
    map(str, [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)])
) | {"71", "81", "82", "83", "91"}
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ISSUERS: tuple[tuple[str, tuple[int, ...]], ...] = (
    *((p, (16, 17, 18, 19)) for p in ("62", "60", "65", "81", "95", "35")),
    ("4", (13, 16, 19)),
    *((str(p), (16,)) for p in (*range(51, 56), *range(223, 272), 2720)),
    *((p, (15,)) for p in ("34", "37")),
    *((p, (14,)) for p in ("30", "36", "38", "39")),
)


def _digits(text: str) -> str:
    return re.sub("[^0-9Xx]", "", text)


def _is_ip(text: str) -> bool:
    try:
        return not ipaddress.ip_address(text).is_unspecified
    except ValueError:
        return False


def _is_account(text: str) -> bool:
    return any(c.isdigit() or c in "_-:=是为" for c in text)


def _is_plate(text: str) -> bool:
    return sum(c.isdigit() for c in text) >= 2


Check = Callable[[str], bool]

# Tried on runs of digits and separators only; the order is the order of precedence.
_NUMBERS: tuple[tuple[str, re.Pattern[str], Check], ...] = (
    (
        "id_card",
        re.compile(
            r"(?<![0-9])(?:[1-9][0-9]{5}[ -]?(?:18|19|20)[0-9]{2}[ -]?(?:0[1-9]|1[0-2])[ -]?"
            r"(?:0[1-9]|[12][0-9]|3[01])[ -]?[0-9]{3}[0-9Xx]|"
            r"[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3})(?![0-9])"
        ),
        lambda t: has_id_check_digit(_digits(t)),
    ),
    (
        "id_card",
        re.compile(r"(?<![0-9-])[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}(?![0-9-])"),
        lambda t: t[:3] != "000",
    ),
    (
        "bank_card",
        re.compile(
            r"(?<![0-9])(?:[0-9]{13,19}|[0-9]{4}(?:[ -][0-9]{4}){3}(?:[ -]?[0-9]{1,3})?|"
            r"[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5}|[0-9]{6}[ -][0-9]{10,13})(?![0-9])"
        ),
        lambda t: is_bank_card(_digits(t)),
    ),
    (
        "mobile",
        re.compile(
            r"(?<![0-9])(?<![0-9]\.)(?:(?:\+|00)?86\)?[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])"
        ),
        bool,
    ),
    (
        "phone",
        re.compile(
            r"(?<![0-9])(?:\+[1-9][0-9]{0,2}(?:[ .()-]{0,2}[0-9]){7,12}|"
            r"\(?0[1-9][0-9]{1,2}\)?[ -]?[2-9][0-9]{6,7}|"
            r"(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.-])[0-9]{3}[.-][0-9]{4})(?![0-9])"
        ),
        bool,
    ),
    ("ip", re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\.?[0-9])"), _is_ip),
)
_RUN = re.compile(r"[0-9+(][0-9 +().xX-]{6,}+")

_PERSON_LABELS = "姓名|联系人|收件人|收货人|寄件人|户名|开户人"
_ACCOUNT_LABELS = "微信|[Ww]e[Cc]hat|[Ww]eixin|WX|wx|VX|vx|QQ|qq"

# Each begins with a set of characters, so that the search skips the rest quickly.
_WORDS: tuple[tuple[str, re.Pattern[str], Check], ...] = (
    (
        "secret",
        re.compile(
            r"(?:[sprS][kK][-_][A-Za-z0-9_-]{16,}+|AKIA[0-9A-Z]{16}|gh[opsu]_[A-Za-z0-9]{20,}+|"
            r"xox[abprs]-[A-Za-z0-9-]{10,}+|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]{10,}+)"
        ),
        bool,
    ),
    (
        "email",
        re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++"),
        bool,
    ),
    (
        "wechat",
        re.compile(
            rf"(?:wxid_[A-Za-z0-9]{{6,24}}|(?:{_ACCOUNT_LABELS})"
            r"(?: ?(?:id|ID|号码?))?[ :=是为]{0,3}[A-Za-z0-9][A-Za-z0-9_-]{4,19})"
        ),
        _is_account,
    ),
    (
        "plate",
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][·•. -]?"
            r"(?:[0-9]{5}[DFdf]|[DFdf][A-HJ-NP-Z0-9a-hj-np-z][0-9]{4}|"
            r"[A-HJ-NP-Z0-9a-hj-np-z]{4}[A-HJ-NP-Z0-9a-hj-np-z挂学警港澳])(?![A-Za-z0-9])"
        ),
        _is_plate,
    ),
    (
        "address",
        re.compile(
            r"(?:路|街|道|巷|弄|胡同|村|镇|屯|里|区|园|苑|庭|城|寓|厦|场)[^\n,。;!?、（）()]{0,8}?"
            r"[0-9]{1,5}(?:-[0-9]{1,5}){0,3}(?:号楼|号院|号|弄|栋|幢|单元|室)"
            r"(?:[0-9A-Za-z-]{0,6}(?:号楼|号|栋|幢|座|单元|室|层|楼)){0,4}(?:[0-9]{2,5}(?![0-9]))?"
        ),
        bool,
    ),
    (
        "address",
        re.compile(
            r"[0-9]{1,5}[A-Za-z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]{1,20} ){1,4}"
            r"(?:Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Square|Terrace)(?![A-Za-z])"
        ),
        bool,
    ),
    (
        "name",
        re.compile(
            rf"(?:{_PERSON_LABELS})[:为是 ]{{1,3}}[\u4e00-\u9fff]{{2,4}}(?![\u4e00-\u9fff])"
        ),
        lambda t: begins_with_surname(re.split("[:为是 ]+", t)[-1]),
    ),
    ("name", re.compile(r"[Nn]ame ?[:=] ?[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20}){0,2}"), bool),
)  # fmt: skip
_ORDER = "secret email wechat id_card bank_card mobile phone plate ip address name"
_PRECEDENCE = {kind: rank for rank, kind in enumerate(_ORDER.split())}
_LABEL = re.compile(rf"(?:{_ACCOUNT_LABELS}|{_PERSON_LABELS}|[Nn]ame)(?: ?(?:id|ID|号码?))?[ :=是为]{{0,3}}")
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BEFORE_ADDRESS = re.compile(r"(?:住在|位于|寄到|送到|地址|住址|在|到|是|[\n:,。;!?、. ()\"“”])")


@cache
def _to_ascii() -> dict[int, str]:
    """Map full-width forms, dashes and every decimal digit of Unicode's first plane to ASCII."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= {code: str(int(chr(code))) for code in range(0x80, 0x10000) if chr(code).isdecimal()}
    table |= {code: str((code - 0x1D7CE) % 10) for code in range(0x1D7CE, 0x1D800)}
    table |= dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE63), "-")
    return table | dict.fromkeys((0x3000, 0xA0), " ")


def find_in(text: str) -> list[Span]:
    """Return the personal values of ``text``, in order and without overlap.

    Linear in the length of ``text``. Where patterns overlap, the union is one value
    of the stricter pattern's kind.
    """
    plain, places = text, None
    if not text.isascii():
        if _HIDDEN.search(text):
            places = [i for i, c in enumerate(text) if not _HIDDEN.match(c)]
            plain = "".join(text[i] for i in places)
        plain = plain.translate(_to_ascii())
    spans = _merge(sorted(_matches(plain)))
    if places is None:
        return spans
    return [Span(places[s.start], places[s.end - 1] + 1, s.kind) for s in spans]


def _matches(plain: str) -> Iterator[Span]:
    for run in _RUN.finditer(plain):
        for kind, pattern, check in _NUMBERS:
            for match in pattern.finditer(plain, *run.span()):
                if check(match.group()):
                    yield Span(*match.span(), kind)
    for kind, pattern, check in _WORDS:
        if kind == "email" and "@" not in plain:
            continue
        done = 0
        for match in pattern.finditer(plain):
            if check(match.group()):
                yield _trim(plain, Span(*match.span(), kind), done)
                done = match.end()


def _trim(plain: str, span: Span, done: int) -> Span:
    """Leave the label of a labelled value outside; take in the words before a street, from ``done`` on."""
    if span.kind in ("wechat", "name") and not plain.startswith("wxid_", span.start):
        label = _LABEL.match(plain, span.start)
        return Span(label.end(), span.end, span.kind) if label else span
    if span.kind != "address" or plain[span.start].isascii():
        return span
    before = plain[max(done, span.start - 24) : span.start]
    if not before:
        return span
    cut = max((m.end() for m in _BEFORE_ADDRESS.finditer(before)), default=0)
    return Span(span.start - len(before) + cut, span.end, span.kind)


def _merge(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in spans:
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            kind = min(last.kind, span.kind, key=_PRECEDENCE.__getitem__)
            merged[-1] = Span(last.start, max(last.end, span.end), kind)
        else:
            merged.append(span)
    return merged


def mask(text: str, spans: Iterable[Span]) -> str:
    """Put ``[KIND]`` in the place of each span; spans are in order and do not overlap."""
    parts, done = [], 0
    for start, end, kind in spans:
        parts += [text[done:start], f"[{kind.upper()}]"]
        done = end
    return "".join([*parts, text[done:]])


def redact(text: str) -> str:
    """Mask the personal values of ``text``: ``[MOBILE]``, ``[EMAIL]``, ``[ID_CARD]``, ...

    >>> redact("请打 138 0013 8000 或写 li@example.com")
    '请打 [MOBILE] 或写 [EMAIL]'
    """
    return mask(text, find_in(text))


def find_in_each(values: list[str]) -> Iterator[tuple[int, list[Span]]]:
    """Yield (position, spans) for the values that hold something personal.

    Values are searched together, about a megabyte at a time: a million short values
    cost a few passes over their characters, not a million calls.
    """
    begin = 0
    while begin < len(values):
        end, size = begin, 0
        while end < len(values) and (size < 1_000_000 or end == begin):
            size += len(values[end]) + 1
            end += 1
        yield from _find_in_chunk(values[begin:end], begin)
        begin = end


def _find_in_chunk(chunk: list[str], offset: int) -> Iterator[tuple[int, list[Span]]]:
    spans = iter(find_in("\n".join(chunk)))
    span = next(spans, None)
    start = 0
    for position, value in enumerate(chunk):
        if span is None:
            return
        stop = start + len(value)
        found = []
        while span is not None and span.start < stop:
            found.append(Span(span.start - start, min(span.end, stop) - start, span.kind))
            span = next(spans, None)
        if found:
            yield offset + position, found
        start = stop + 1
