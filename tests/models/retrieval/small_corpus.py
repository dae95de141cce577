"""A few passages in two languages and two scopes."""

from __future__ import annotations

import numpy as np

from pilothouse.models.retrieval.passages import Passages

ROWS = [
    ("How do I reset my password?", "Open Settings, choose Password, and follow the link we send you.", ""),
    ("What does a gift card cost?", "A gift card costs 25 euros. It is valid for 3 years.", ""),
    ("How can I return an order?", "Press Return in the app within 30 days.", ""),
    ("信用卡丢失了怎么办？", "请立即拨打热线挂失，3 个工作日内补发新卡。", ""),
    ("如何开通网上银行？", "带身份证到柜台办理，当天生效。", ""),
    ("Which discount do we get?", "Canary-one gets 11 percent.", "one"),
    ("Which discount do we get?", "Canary-two gets 22 percent.", "two"),
]


def passages() -> Passages:
    titles, texts, scopes = zip(*ROWS, strict=True)
    count = len(ROWS)
    refs = tuple(f"row {i + 1}" for i in range(count))
    return Passages(refs, titles, texts, ("",) * count, refs, scopes, np.arange(count))
