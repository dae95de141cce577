"""Small examples of ``answer``: an FAQ in Chinese, an FAQ in English."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from pilothouse.models.retrieval.passages import objects
from pilothouse.scenario import Example
from pilothouse.types import Column, Kind, Role, Table

_ZH_THINGS = (
    "信用卡",
    "储蓄卡",
    "网上银行",
    "手机银行",
    "电子发票",
    "会员积分",
    "快递包裹",
    "宽带套餐",
    "健身课程",
    "图书借阅",
)
_ZH_ASKS = (
    ("如何申请{}？", "申请{}请带身份证到第{}号窗口，填表后当天办好。"),
    ("{}的费用是多少？", "{}每年收费{}元，满一年的老用户免收。"),
    ("{}丢失了怎么办？", "{}遗失后请立即拨打热线挂失，{}个工作日内补发。"),
    ("怎么取消{}？", "取消{}要提前{}天在服务页提交申请，不收违约金。"),
    ("{}多久可以使用？", "{}通过审核后{}小时内生效，会有短信通知。"),
)
_EN_THINGS = (
    "gift card",
    "parking permit",
    "swimming pool",
    "data plan",
    "travel insurance",
    "library pass",
    "rental bike",
    "meal box",
    "printer",
    "garden shed",
)
_EN_ASKS = (
    ("How can I order a {}?", "Order the {} in the app under Shop, step {}, and pay by card."),
    ("What does the {} cost?", "The {} costs {} euros a month, with one month free in the first year."),
    (
        "My {} is broken, what can I do?",
        "Report a broken {} on the help page; a technician comes within {} days.",
    ),
    ("How do I cancel the {}?", "Cancel the {} in writing at least {} weeks before the next bill."),
    ("When is the {} delivered?", "Delivery of the {} takes {} working days; the courier sends a message."),
)


def examples() -> Iterator[Example]:
    """Yield both."""
    options = {"time_budget_s": 2.0}
    yield Example(_table(_ZH_THINGS, _ZH_ASKS), options, {"ticket": 6.0, "mistake": 2.0})
    yield Example(_table(_EN_THINGS, _EN_ASKS), options)


def _table(things: tuple[str, ...], asks: tuple[tuple[str, str], ...]) -> Table:
    pairs = [
        (asked.format(thing), told.format(thing, 2 + number % 17))
        for number, (thing, (asked, told)) in enumerate(product(things, asks))
    ]
    columns = tuple(
        Column(name, Kind.TEXT, Role.TEXT, distinct=len(pairs)) for name in ("question", "answer")
    )
    return Table(
        columns, {c.name: objects(cells) for c, cells in zip(columns, zip(*pairs, strict=True), strict=True)}
    )
