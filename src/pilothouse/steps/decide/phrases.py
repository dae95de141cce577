"""Words that lines are made of: who is counted, what is looked for, money, percentages.

Everything that depends on the language is a message; numbers become text here so that both
languages round alike. No line is composed here.
"""

from __future__ import annotations

import math
import re
import unicodedata

from pilothouse.messages import Message, say

WIDTH = 80
SUBJECTS = (
    ("customers", "customer|client|cust|客户|顾客|账户|account"),
    ("users", "user|visitor|uid|用户|访客"),
    ("members", "member|subscriber|会员|订户"),
    ("patients", "patient|患者|病人"),
    ("employees", "employee|staff|员工|职员"),
    ("sessions", "session|visit|会话|访问"),
    ("orders", "order|订单"),
    ("products", "product|sku|item|商品|产品"),
    ("tickets", "ticket|工单"),
    ("loans", "loan|贷款|借据"),
    ("policies", "policy|保单"),
)
OUTCOMES = (
    ("leavers", r"churn|attrit|流失|离网|退订"),
    ("buyers", r"purchas|bought|convert|conversion|revenue|购买|下单|成交|转化"),
    ("clickers", r"click|点击"),
    ("defaulters", r"^default(ed)?$|default.*(pay|month)|(loan|card|credit|payment)\W*_?default|违约|逾期"),
    ("frauds", r"fraud|欺诈|诈骗"),
)
"""What a yes in a column of such a name is called; any other is said in the data's own words."""
_YES = frozenset({"yes", "y", "true", "t", "1", "是", "有", "已"})
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT = re.compile(r"(^|[_\W])(no|non|un|never)|[未不没非无]")
"""What may turn a name into its opposite: "not fraud", "nonfraud", "unchurned"; one too many is no harm."""
CURRENCIES = frozenset({"CNY", "USD", "EUR", "GBP", "JPY", "HKD"})
PERIODS = frozenset({"day", "week", "month", "quarter", "year"})


def subject(column: str | None) -> Message:
    """Name what a row is, from the id or entity column: "customers"; else "cases"."""
    words = (column or "").lower()
    for name, pattern in SUBJECTS:
        if re.search(pattern, words):
            return say(f"decide.subject_{name}")
    return say("decide.subject_cases")


def outcome(name: str, positive: str | None) -> Message:
    """Say what is looked for: "leavers", in the data's own words "Churn = Yes", or the target's name."""
    if positive is None:
        return say("decide.outcome_amount", name=shorten(name, 18))
    own = say("decide.outcome_own", name=shorten(name, 14), positive=shorten(positive, 10))
    return named_outcome(name, positive) or own


def named_outcome(name: str, positive: str) -> Message | None:
    """Name those whose outcome is a plain yes to a question that everybody asks: "leavers"."""
    column, label = (_HUMP.sub("_", text.strip()).lower() for text in (name, positive))
    if _NOT.search(column) or _NOT.search(label):
        return None
    meant = [
        noun
        for noun, pattern in OUTCOMES
        if (re.search(pattern, column) and label in _YES) or re.search(pattern, label)
    ]
    return say(f"decide.outcome_{meant[0]}") if len(meant) == 1 else None  # "click_fraud" is either


def money(amount: float, currency: str) -> Message:
    """Say an amount without its sign: "¥6,600", "6,600 元"."""
    known = currency.lower() if currency in CURRENCIES else "other"
    return say(f"decide.money_{known}", amount=number(abs(amount)), currency=currency)


def end(amount: float, currency: str) -> Message:
    """Say one end of a range of money: "¥3,600", "−¥300", in Chinese without the unit: "3,600"."""
    known = currency.lower() if currency in CURRENCIES else "other"
    sign = "−" if amount < 0 else ""
    return say(f"decide.end_{known}", sign=sign, amount=number(abs(amount)), currency=currency)


def period(per: str) -> Message:
    """Say the period: "a month", "每月"."""
    return say(f"decide.per_{per if per in PERIODS else 'batch'}")


def number(value: float) -> str:
    """Three figures that count, thousands parted by commas: "6,600", "12.3", "0.042"."""
    if not math.isfinite(value) or value == 0:
        return "0" if value == 0 else "–"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return (
        f"{rounded:,.{max(0, digits)}f}" if digits <= 0 else f"{rounded:,.{digits}f}".rstrip("0").rstrip(".")
    )


def lasting(count: int, per: str) -> Message:
    """Say how long: "about 5 months"."""
    return say(
        f"decide.length_{per if per in PERIODS else 'batch'}{'' if count != 1 else '_one'}", count=count
    )


def percent(share: float) -> str:
    """Two figures that count: "4.8%", "10%", "0.52%"."""
    return f"{float(f'{100 * share:.2g}'):.10g}%"


def shorten(text: str, width: int) -> str:
    """Cut to ``width`` columns, wide characters counting two; line breaks become spaces."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if columns(flat) <= width:
        return flat
    kept = ""
    for char in flat:
        if columns(kept + char) > width - 1:
            break
        kept += char
    return kept.rstrip() + "…"


def columns(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fitting(*choices: Message) -> Message:
    """Return the first choice whose two texts fit the screen, else the last."""
    for choice in choices[:-1]:
        if max(columns(choice.text("en")), columns(choice.text("zh"))) <= WIDTH:
            return choice
    return choices[-1]
