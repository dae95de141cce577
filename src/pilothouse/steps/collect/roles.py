"""What a column is for: id, user, time, target, text or feature, each with a reason.

Uniqueness and shape decide together with the name; a name alone never takes a column
away, and an amount is not an id because all amounts differ. What the user set stands.
Roles guessed here keep ids out of the features; leaks are another step's concern.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadOption, MissingColumn
from pilothouse.messages import Message, say
from pilothouse.types import Column, Kind, Role, Table

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[\u4e00-\u9fff]+")
_ID_WORDS = frozenset({"id", "ids", "uid", "uuid", "guid", "index", "rowid", "userid", "customerid"})
_KEYS = _ID_WORDS | {"code", "key", "no", "name", "title"}
_NUMBER_WORDS = frozenset({"no", "nr", "num", "number", "key", "code", "row"})
_ID_ENDINGS = ("编号", "序号", "单号", "账号", "卡号", "工号", "学号", "手机号", "身份证号", "流水号", "标识")
_USER_WORDS = frozenset(
    {"user", "users", "userid", "uid", "customer", "customers", "customerid", "client", "member", "visitor"}
    | {"subscriber", "account", "patient", "buyer", "shopper", "passenger", "cust"}
)
_USER_ZH = re.compile("用户|客户|会员|顾客|买家|访客|患者|账户")
_ITEM_WORDS = frozenset(
    {
        "item",
        "items",
        "product",
        "products",
        "sku",
        "goods",
        "movie",
        "article",
        "book",
        "song",
        "video",
        "course",
    }
)
_ITEM_ZH = re.compile("商品|产品|物品|电影|文章|图书|歌曲|视频|课程")
# Where nothing is predicted, a table of two such columns says who took what; a word that may
# name a person or a thing elsewhere too (a player, a game) counts there only.
_WHO = re.compile(r"user|reviewer|listener|viewer|reader|player|customer|member|client|visitor|buyer|shopper")
_WHAT = re.compile(
    r"item|product|sku|goods|movie|film|show|article|news|book|isbn|asin|song|track|artist|album|video|course"
    r"|game|app|anime|recipe|restaurant|hotel|business|venue|poi|place|listing|job|offer|deal|post|content|ad"
)
_WHO_ZH = re.compile("用户|客户|会员|顾客|买家|访客|读者|听众|玩家|观众")
_WHAT_ZH = re.compile(
    "商品|产品|物品|货品|电影|影片|文章|新闻|图书|书籍|歌曲|歌手|专辑|视频|课程|游戏|应用|菜谱|餐厅|酒店|店铺|职位|房源|内容|帖子"
)
_KEY_ZH = re.compile(r"(名|名称|编号|编码|代码|号|标识|id)?$", re.IGNORECASE)
_VALUE = re.compile(
    r"((user|my|review|item|movie|product)_?)?(rating|star|score)s?|overall|quantity|qty|(play|listen)_?(count)?s?"
    r"|(用户)?(评分|打分|星级)|(购买|播放|点击)?(数量|次数|件数)",
    re.IGNORECASE,
)
_BIRTH = re.compile(r"birth|(^|[_\W])dob|born|出生|生日|expir|到期|失效", re.IGNORECASE)
_EVENT = re.compile(r"time|^date|event|creat|order|订单|下单|发生|交易|日期|时间", re.IGNORECASE)
_TARGET_NAMES = re.compile(
    r"churn|target|label|^y$|buy|bought|purchas|convert|conversion|click|default|fraud|respon|outcome|exited|"
    r"attrition|renew|cancel|subscribed|revenue|流失|购买|是否|转化|点击|违约|欺诈|成交|续费|标签|结果|响应",
    re.IGNORECASE,
)
_NEARLY_UNIQUE = 0.95
_FEW_ROWS = 20
_CLASSES = 6  # whole numbers of so few different values are classes
_CODES = (Role.ID, Role.USER, Role.ITEM, Role.GROUP)


def guess_roles(table: Table, target: str | None = None, roles: Mapping[str, str] | None = None) -> Table:
    """Give each column a role; ids, users, items and groups become text.

    Parameters
    ----------
    table
        As read.
    target
        What is to be predicted. Numbers of two values, or of at most six whole
        ones, become classes.
    roles
        The user's own, by column name; they stand.

    Raises
    ------
    MissingColumn, BadOption
        A name that is not in the table; a role that does not exist.
    """
    chosen = _chosen(table, target, roles or {})
    columns: dict[str, Column] = {}
    for column in table.columns:
        if column.name in chosen:
            columns[column.name] = replace(column, role=chosen[column.name], reason=None)
        elif column.role is not Role.FEATURE:
            columns[column.name] = column
        else:
            role, reason = _alone(column, table[column.name])
            columns[column.name] = replace(column, role=role, reason=reason)
    if Role.TARGET not in chosen.values():
        _interactions(table, columns, chosen)
    _repeating(table, columns, chosen)
    _event_time(columns, chosen)
    return _retyped(table.describe(list(columns.values())))


def guess_targets(table: Table) -> tuple[tuple[str, Message], ...]:
    """Name up to five columns that a user may want predicted, likeliest first."""
    last = table.columns[-1].name if table.columns else ""
    scored = []
    for place, column in enumerate(table.columns):
        if column.role not in (Role.FEATURE, Role.VALUE) or column.distinct < 2:
            continue
        if column.kind in (Kind.TIME, Kind.TEXT):
            continue
        named, ends = _TARGET_NAMES.search(column.name) is not None, column.name == last
        few = column.distinct <= 10
        if named or (ends and (few or column.kind is Kind.NUMBER)):
            points = 2 * named + 2 * ends + few + (column.distinct == 2)
            reason = say("collect.target_named") if named else say("collect.target_last")
            scored.append((-points, place, column.name, reason))
    return tuple((name, reason) for _, _, name, reason in sorted(scored, key=lambda s: s[:2])[:5])


def _chosen(table: Table, target: str | None, roles: Mapping[str, str]) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for name, word in (*roles.items(), *([(target, "target")] if target is not None else [])):
        if name not in table:
            near = difflib.get_close_matches(name, table.names, n=1, cutoff=0.5)
            fix = say("collect.columns_are", names=_some(table))
            if near:
                fix = say("collect.did_you_mean", name=near[0])
            raise MissingColumn(say("collect.no_column", name=name), fix)
        try:
            found[name] = Role(word)
        except ValueError as fault:
            fix = say("collect.roles_are", names=", ".join(Role))
            raise BadOption(say("collect.no_role", received=word), fix) from fault
    return found


def _some(table: Table) -> str:
    return ", ".join(table.names[:12]) + (", ..." if len(table.names) > 12 else "")


def _alone(column: Column, values: NDArray[Any]) -> tuple[Role, Message | None]:
    """The role that a column has by itself."""
    if column.kind is Kind.TEXT:
        return Role.TEXT, say("collect.role_text")
    if column.kind is Kind.TIME:
        return Role.FEATURE, None
    reason = _id_reason(column, values)
    return (Role.FEATURE, None) if reason is None else (Role.ID, reason)


def _id_reason(column: Column, values: NDArray[Any]) -> Message | None:
    """Why a column is an id, or None."""
    present = _present(values)
    rows = len(present)
    if rows < 2 or column.distinct < _NEARLY_UNIQUE * rows:
        return None
    named = _is_id_name(column.name)
    unique = column.distinct == rows
    if column.kind is Kind.CATEGORY:
        if rows >= _FEW_ROWS or (named and unique):
            return say("collect.role_unique_code")
        return None
    if not bool(np.all(present == np.floor(present))):
        return None
    if named and (unique or rows >= _FEW_ROWS):
        return say("collect.role_id_name")
    if unique and rows >= _FEW_ROWS and _is_numbering(present):
        return say("collect.role_numbering")
    return None


def _is_numbering(values: NDArray[np.float64]) -> bool:
    """Tell whether different whole numbers count or label rows rather than measure them."""
    rows, low, high = len(values), float(values.min()), float(values.max())
    spread = high - low + 1
    steps = np.diff(values)
    if spread <= 2 * rows or (rows >= 100 and bool(np.all(steps > 0))):
        return True
    digits = {len(str(int(abs(v)))) for v in (low, high)}
    if len(digits) > 1 or low < 0:
        return False
    # Measures of this spread would have met by chance (birthday problem, P < 0.05); labels never do.
    return digits.pop() >= 9 or rows**2 / (2 * spread) >= 3


def _present(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype == object:
        return np.asarray(values[values != np.array(None)])
    return np.asarray(values[~np.isnan(values)])


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]


def _is_id_name(name: str, *, strictly: bool = False) -> bool:
    words = _words(name.partition(":")[0])
    if not words:
        return False
    if words[-1] in _ID_WORDS or name.endswith(_ID_ENDINGS) or words[-1].endswith(("编号", "号")):
        return True
    return not strictly and words[-1] in _NUMBER_WORDS


def _is_user_name(name: str) -> bool:
    return bool(_USER_WORDS.intersection(_words(name)) or _USER_ZH.search(name))


def _is_item_name(name: str) -> bool:
    return bool(_ITEM_WORDS.intersection(_words(name)) or _ITEM_ZH.search(name))


def _interactions(table: Table, columns: dict[str, Column], chosen: Mapping[str, Role]) -> None:
    """Find who took what, and what they gave for it; only where both repeat."""
    found: dict[Role, Column] = {}
    for role, words, chinese in ((Role.USER, _WHO, _WHO_ZH), (Role.ITEM, _WHAT, _WHAT_ZH)):
        own = [c for c in columns.values() if c.role is role]
        named = [c for c in columns.values() if _repeats(c, table) and c.name not in chosen]
        named = [c for c in named if _says_only(c.name, words, chinese)]
        named.sort(key=lambda c: not _is_id_name(c.name, strictly=True))
        if not own and not named:
            return
        found[role] = (own or named)[0]
    for role, column in found.items():
        if column.role is not role:
            reason = say("collect.role_user" if role is Role.USER else "collect.role_item")
            columns[column.name] = replace(column, role=role, reason=reason)
    if Role.VALUE not in chosen.values():
        given = (c for c in columns.values() if c.kind is Kind.NUMBER and c.role is Role.FEATURE)
        value = next((c for c in given if c.name not in chosen and _VALUE.fullmatch(_plain(c.name))), None)
        if value is not None:
            columns[value.name] = replace(value, role=Role.VALUE, reason=say("collect.role_value"))


def _plain(name: str) -> str:
    """A name without the type that some data sets write after it: ``rating:float``."""
    return name.partition(":")[0].strip()


def _repeats(column: Column, table: Table) -> bool:
    """Tell whether a column can name users or items: at least ten, in more rows than that."""
    if column.role is not Role.FEATURE or column.kind not in (Kind.CATEGORY, Kind.NUMBER):
        return False
    if column.distinct < 10:
        return False
    return column.kind is Kind.CATEGORY or bool(np.all(_present(table[column.name]) % 1 == 0))


def _says_only(name: str, words: re.Pattern[str], chinese: re.Pattern[str]) -> bool:
    """Tell whether a name means the thing itself (``movieId``, 商品名称), not something about it."""
    plain = _plain(name)
    if match := chinese.match(plain):
        return _KEY_ZH.match(plain, match.end()) is not None
    parts = [w for w in _words(plain) if w not in _KEYS]
    return len(parts) == 1 and any(
        words.fullmatch(word) for word in (parts[0], parts[0].removesuffix("id"), parts[0].removesuffix("s"))
    )


def _repeating(table: Table, columns: dict[str, Column], chosen: Mapping[str, Role]) -> None:
    """Find the entities that repeat: users and their items, or one group; other codes are no amounts."""
    codes = [
        c
        for c in columns.values()
        if c.role is Role.FEATURE
        and c.name not in chosen
        and c.kind in (Kind.CATEGORY, Kind.NUMBER)
        and _is_id_name(c.name, strictly=True)
        and bool(c.kind is Kind.CATEGORY or np.all(_present(table[c.name]) % 1 == 0))
    ]
    taken = {c.role for c in columns.values() if c.name in chosen}
    many = [c for c in codes if c.distinct >= 10]
    user = next((c for c in many if _is_user_name(c.name)), None)
    if user is not None and not taken & {Role.USER, Role.GROUP}:
        columns[user.name] = replace(user, role=Role.USER, reason=say("collect.role_user"))
        taken.add(Role.USER)
    for column in codes:
        if columns[column.name].role is not Role.FEATURE:
            continue
        role, reason = _code_role(column, table.rows, taken)
        taken.add(role)
        columns[column.name] = replace(column, role=role, reason=reason)


def _code_role(column: Column, rows: int, taken: set[Role]) -> tuple[Role, Message]:
    present = rows * (1 - column.missing)
    if Role.USER in taken and Role.ITEM not in taken and column.distinct >= 10 and _is_item_name(column.name):
        return Role.ITEM, say("collect.role_item")
    is_entity = column.distinct >= 50 and present <= 20 * column.distinct
    if is_entity and not taken & {Role.USER, Role.GROUP}:
        return Role.GROUP, say("collect.role_group")
    if is_entity:
        return Role.IGNORE, say("collect.role_other_code")
    return Role.FEATURE, say("collect.role_code")


def _event_time(columns: dict[str, Column], chosen: Mapping[str, Role]) -> None:
    """Give the role of time where exactly one column can be when a row happened."""
    if Role.TIME in chosen.values():
        return
    times = [
        c
        for c in columns.values()
        if c.kind is Kind.TIME and c.role is Role.FEATURE and c.name not in chosen
        if c.distinct > 1 and not _BIRTH.search(c.name)
    ]
    named = [c for c in times if _EVENT.search(c.name)]
    if len(times) == 1 or len(named) == 1:
        only = (times if len(times) == 1 else named)[0]
        columns[only.name] = replace(only, role=Role.TIME, reason=say("collect.role_time"))
        return
    for column in times:
        columns[column.name] = replace(column, reason=say("collect.role_several_times"))


def _retyped(table: Table) -> Table:
    """Turn numbers into text where they are codes or classes."""
    for column in table.columns:
        if column.kind is not Kind.NUMBER:
            continue
        values = table[column.name]
        is_code = column.role in _CODES or column.reason == say("collect.role_code")
        is_classes = column.role is Role.TARGET and _are_classes(column, values)
        if is_code or is_classes:
            reason = say("collect.target_classes", count=column.distinct) if is_classes else column.reason
            table = table.put(replace(column, kind=Kind.CATEGORY, reason=reason), _spelled(values))
    return table


def _are_classes(column: Column, values: NDArray[Any]) -> bool:
    present = _present(values)
    return column.distinct <= 2 or (column.distinct <= _CLASSES and bool(np.all(present % 1 == 0)))


def _spelled(values: NDArray[np.float64]) -> NDArray[Any]:
    """Write numbers as text, whole ones without a point; equal ones share one string."""
    different = {v: str(int(v)) if v.is_integer() else repr(v) for v in set(_present(values).tolist())}
    texts = np.empty(len(values), dtype=object)
    texts[:] = [different.get(v) for v in values.tolist()]
    return texts
