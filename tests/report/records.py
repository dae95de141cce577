"""Run records for the tests of the report: four projects with figures that agree with each other."""

from __future__ import annotations

from typing import Any

from pilothouse.runs.record import Figure, RunRecord

ROWS, KEPT_ASIDE, LEAVERS, FLAGGED = 7043, 1409, 373, 200
RIGHT, RIGHT_RULE = 140, 118


def said(en: str, zh: str | None = None, **values: Any) -> dict[str, Any]:
    return {"key": "sample.text", "values": values, "en": en, "zh": zh or en}


def fig(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high}


def _around(value: float, half: float) -> dict[str, Any]:
    low = value - half if value > half else value * 0.5
    return fig(round(value, 6), round(low, 6), round(value + half, 6))


def _binary_metrics(auc: float, precision: float, half: float) -> dict[str, dict[str, Any]]:
    recall = precision * FLAGGED / LEAVERS
    return {
        "auc": _around(auc, half),
        "average_precision": _around(auc - 0.19, half * 1.6),
        "accuracy": _around(0.735 + (auc - 0.5) * 0.2, half),
        "precision": _around(precision, 0.05),
        "recall": _around(recall, 0.03),
        "f1": _around(2 * precision * recall / (precision + recall), 0.03),
        "log_loss": _around(0.58 - (auc - 0.5) * 0.48, half),
        "brier": _around(0.195 - (auc - 0.5) * 0.17, half / 2),
        "ece": _around(0.021, 0.006),
    }


def _candidates() -> list[dict[str, Any]]:
    def one(name: str, en: str, zh: str, rank: int, stand_in: bool = False, **more: Any) -> dict[str, Any]:
        return {"name": name, "label": said(en, zh), "rank": rank, "is_stand_in": stand_in, **more}

    rule = said("Flag everyone whose contract is month to month.", "合同是按月的，就标出来。")
    return [
        one("nothing", "Do nothing", "什么都不做", 0, True, sentence=said("Call nobody.", "谁都不联系。")),
        one(
            "everyone",
            "Act on everyone",
            "全部联系",
            1,
            True,
            sentence=said("Call everyone.", "每个人都打。"),
        ),
        one("rule", "Simple rule", "简单规则", 2, True, sentence=rule, seconds=0.3),
        one("linear", "Linear model", "线性模型", 10, seconds=2.1, parameters={"c": 0.31}),
        one("boosting", "Boosted trees", "提升树", 20, seconds=11.7, parameters={"leaves": 15, "rate": 0.05}),
        one(
            "blend", "Blend of both", "两者混合", 30, seconds=0.2, parameters={"linear": 0.4, "boosting": 0.6}
        ),
    ]


def _drivers() -> list[dict[str, Any]]:
    def bends(*pairs: tuple[Any, float]) -> list[dict[str, Any]]:
        return [{"value": v, "answer": a} for v, a in pairs]

    return [
        {
            "column": "contract",
            "importance": _around(0.081, 0.009),
            "direction": said("Month-to-month contracts leave more.", "按月合同的客户更容易离开。"),
            "bends": bends(("month-to-month", 0.43), ("one year", 0.12), ("two years", 0.03)),
        },
        {
            "column": "tenure",
            "importance": _around(0.046, 0.007),
            "direction": said("The longer they stay, the fewer leave.", "在网越久，离开越少。"),
            "bends": bends((1, 0.52), (6, 0.38), (12, 0.29), (24, 0.2), (48, 0.12), (72, 0.05)),
        },
        {"column": "internet_service", "importance": _around(0.022, 0.005)},
        {
            "column": "月消费",
            "importance": _around(0.013, 0.004),
            "bends": bends((20, 0.11), (70, 0.3), (110, 0.34)),
        },
        {"column": "payment_method", "importance": _around(0.006, 0.004)},
    ]


def _explanation() -> dict[str, Any]:
    rules = [
        said(
            "contract is month-to-month and tenure under 12: 52 of 100 leave",
            "按月合同且在网不到 12 个月：100 位中 52 位离开",
        ),
        said(
            "contract is month-to-month and tenure 12 or more: 29 of 100 leave",
            "按月合同且在网 12 个月以上：100 位中 29 位离开",
        ),
        said("other contracts: 7 of 100 leave", "其他合同：100 位中 7 位离开"),
    ]
    examples = [
        {
            "row": "c_9f31ab02",
            "score": 0.86,
            "reasons": [
                said("month-to-month contract: +21 points", "按月合同：+21 个百分点"),
                said("customer for 2 months: +18 points", "在网 2 个月：+18 个百分点"),
            ],
            "what_if": [
                said("With a one-year contract: 41 % instead of 86 %", "若改成一年合同：86% 变为 41%")
            ],
        },
        {
            "row": "c_11d0e7c4",
            "score": 0.04,
            "reasons": [said("two-year contract: −16 points", "两年合同：−16 个百分点")],
        },
    ]
    return {"drivers": _drivers(), "tree": {"agreement": 0.87, "rules": rules}, "examples": examples}


def _verdict() -> dict[str, Any]:
    return {
        "code": "pilot",
        "headline": said(
            "PILOT  Test first: finds leavers better; nobody knows if a call keeps them.",
            "先做实验  能更准找出要走的人；打电话能否留住，还没人知道。",
        ),
        "reasons": [
            said(
                "Of 100 it flags, 11 more leave than under your best rule (likely 6 to 16).",
                "它标出的 100 位里，比最好的规则多找到 11 位（可能 6–16）。",
            ),
            said(
                "The success of the call is an assumption: no experiment has measured it.",
                "打电话的挽回率只是假设：还没有实验测过。",
            ),
        ],
        "next": said(
            "Call 600 flagged customers at random, leave 600 alone, for 2 months.",
            "两个月内，随机给 600 位标出的客户打电话，另 600 位不打。",
        ),
        "would_change": said(
            "Go if the save rate and its range stay above 4.8 %; stop if below.",
            "挽回率及其范围都高于 4.8% 就上线；都低于就停止。",
        ),
        "command": "pilothouse experiment plan shop.pilothouse churn",
        "boss": said(
            "We can find leavers better than our best rule; give us two months and 1,200 customers"
            " to prove that a call keeps them.",
            "我们能比现有规则更准地找出要走的客户；给我们两个月和 1,200 位客户，验证打电话能不能留住他们。",
        ),
        "rules": {"L": 3600.0, "U": 9600.0, "d": 770.0, "E": 373, "p": 0.004, "look": 1, "effect": "assumed"},
    }


def _value() -> dict[str, Any]:
    return {
        "currency": "CNY",
        "per": "month",
        "winner": fig(22000.0, 19000.0, 25000.0),
        "baseline": fig(15400.0, 12100.0, 18700.0),
        "gain": fig(6600.0, 3600.0, 9600.0),
        "assumptions": {
            "true_positive": [600, 600, 600],
            "success": [0.05, 0.1, 0.15],
            "contact": [20, 20, 20],
            "capacity": [1000, 1000, 1000],
            "volume": [7043, 7043, 7043],
        },
        "break_even": 20 / (0.7 * 600),
        "matters_most": "success",
        "smallest_gain": 770.0,
        "positive_over_range": True,
        "effect": "assumed",
    }


def _columns() -> list[dict[str, Any]]:
    def one(name: str, kind: str, role: str, used: bool, distinct: int, **more: Any) -> dict[str, Any]:
        base = {"name": name, "kind": kind, "role": role, "used": used, "missing": 0.0, "distinct": distinct}
        return {**base, "personal": None, **more}

    return [
        one("customer_id", "text", "id", False, ROWS, personal="id"),
        one("phone", "text", "ignore", False, ROWS, personal="mobile"),
        one("contract", "category", "feature", True, 3),
        one("tenure", "number", "feature", True, 73),
        one("月消费", "number", "feature", True, 1585, missing=0.002),
        one("internet_service", "category", "feature", True, 3),
        one("payment_method", "category", "feature", True, 4),
        one("refund_after_cancel", "number", "feature", False, 210, missing=0.4),
        one("churn", "category", "target", False, 2),
    ]


def _parts() -> dict[str, Any]:
    skill = {
        "nothing": 0.5,
        "everyone": 0.5,
        "rule": 0.71,
        "linear": 0.838,
        "boosting": 0.845,
        "blend": 0.847,
    }
    right = {
        "nothing": 0.0001,
        "everyone": 0.265,
        "rule": 0.59,
        "linear": 0.69,
        "boosting": 0.7,
        "blend": 0.705,
    }
    folds = [-0.012, 0.004, 0.009, -0.003, 0.002]
    test = {
        "rule": _binary_metrics(0.709, RIGHT_RULE / FLAGGED, 0.02),
        "boosting": _binary_metrics(0.842, RIGHT / FLAGGED, 0.02),
    }
    return {
        "metrics": {
            "out_of_fold": {n: _binary_metrics(skill[n], right[n], 0.011) for n in skill},
            "test": test,
        },
        "fold_scores": {n: [round(skill[n] + (d if skill[n] > 0.5 else 0), 4) for d in folds] for n in skill},
        "test": {
            "score": 0.842,
            "interval": fig(0.842, 0.822, 0.862),
            "gain": 0.133,
            "gain_interval": fig(0.133, 0.109, 0.157),
            "gain_99": fig(0.133, 0.096, 0.17),
        },
        "out_of_fold": {
            "score": 0.845,
            "interval": fig(0.845, 0.834, 0.856),
            "gain": 0.135,
            "gain_interval": fig(0.135, 0.123, 0.147),
            "gain_99": fig(0.135, 0.116, 0.154),
        },
    }


def _calibration() -> dict[str, Any]:
    said_shares = [0.01, 0.03, 0.06, 0.11, 0.17, 0.24, 0.33, 0.44, 0.57, 0.75]
    happened = [0.02, 0.03, 0.05, 0.12, 0.15, 0.26, 0.34, 0.42, 0.58, 0.76]
    bins = [{"said": a, "happened": b, "rows": 141.0} for a, b in zip(said_shares, happened, strict=True)]
    return {
        "ece": 0.014,
        "limit": 0.025,
        "calibrated": True,
        "slope": _around(1.02, 0.08),
        "observed_expected": _around(1.01, 0.05),
        "bins": bins,
    }


def _curve() -> dict[str, Any]:
    sizes = [350, 700, 1400, 2800, 5634]
    offsets = (-0.006, -0.002, 0.0, 0.003, 0.005)
    scores = [[round(0.852 - 1.05 * n**-0.58 + d * (350 / n) ** 0.5, 4) for d in offsets] for n in sizes]
    return {
        "status": "ok",
        "sizes": sizes,
        "scores": scores,
        "a": 0.852,
        "b": 1.05,
        "c": 0.58,
        "at_double": fig(0.8476, 0.845, 0.851),
        "gain_at_double": fig(0.138, 0.135, 0.142),
        "price": said(
            "5,634 more customers: about 9 months of sign-ups", "再多 5,634 位客户：约 9 个月的新增"
        ),
    }


def _base(title: str, use_case: str) -> dict[str, Any]:
    return {
        "pilothouse_version": "0.1.0",
        "use_case": use_case,
        "title": title,
        "scenario": "predict",
        "run_id": "20260304-101512-7f3a",
        "started_at": "2026-03-04T10:15:12+08:00",
        "seconds": 48.2,
        "peak_rss_mb": 812.0,
        "language": "en",
        "source": "customers.csv",
        "rows": ROWS,
        "rows_rejected": 11,
        "rows_contest": ROWS,
        "columns": _columns(),
        "data_hash": "9b1f" * 16,
        "plan_hash": "07c2" * 16,
        "frozen_hash": "e5a8" * 16,
        "seed": 0,
        "metric": {"name": "auc", "higher_is_better": True},
        "looks": 1,
        "interval_level": 0.95,
    }


def pilot(**changes: Any) -> RunRecord:
    """A churn project with money: test first."""
    record = {
        **_base("Churn", "churn"),
        **_parts(),
        "question": said("Who will leave?", "谁会离开？"),
        "target": {
            "name": "churn",
            "kind": "binary",
            "classes": ["No", "Yes"],
            "positive": "Yes",
            "base_rate": 0.265,
        },
        "split": {
            "kind": "holdout",
            "train": ROWS - KEPT_ASIDE,
            "test": KEPT_ASIDE,
            "unit": "row",
            "units": KEPT_ASIDE,
            "outcomes": LEAVERS,
            "positives": LEAVERS,
            "notes": [said("Identical rows stand on one side.", "完全相同的行放在同一边。")],
        },
        "winner": "boosting",
        "baseline": {"name": "rule", "score": 0.709, "interval": [0.689, 0.729]},
        "p_corrected": 0.004,
        "candidates": _candidates(),
        "leaks": [
            {
                "column": "refund_after_cancel",
                "level": "removed",
                "score_with": 0.981,
                "score_without": 0.845,
                "reason": said("Known only after leaving.", "离开之后才会知道。"),
            },
            {
                "column": "last_call_length",
                "level": "asked",
                "score_with": 0.93,
                "score_without": 0.842,
                "reason": said(
                    "Is it known before you decide whom to call?", "在决定给谁打电话之前就知道吗？"
                ),
            },
            {
                "column": "status_code",
                "level": "noted",
                "reason": said("Describes a previous state.", "描述的是之前的状态。"),
            },
        ],
        "personal": [
            {
                "column": "customer_id",
                "kind": "id",
                "treatment": "pseudonym",
                "share": 1.0,
                "reason": said("A code for each customer.", "每位客户一个编号。"),
            },
            {
                "column": "phone",
                "kind": "mobile",
                "treatment": "removed",
                "share": 0.98,
                "reason": said("Looks like mobile numbers.", "像是手机号。"),
            },
        ],
        "slices": [
            {
                "column": "contract",
                "group": "two years",
                "rows": 340,
                "score": _around(0.71, 0.06),
                "gain": _around(0.02, 0.05),
                "worse": True,
                "loses": False,
            },
            {
                "column": "payment_method",
                "group": "mailed check",
                "rows": 322,
                "score": _around(0.83, 0.04),
                "gain": _around(0.12, 0.05),
                "worse": False,
                "loses": False,
            },
        ],
        "skipped": [
            {
                "candidate": "network",
                "reason": said("PyTorch is not installed.", "没有安装 PyTorch。"),
                "install": "pip install 'pilothouse[deep]'",
            },
        ],
        "learning_curve": _curve(),
        "calibration": _calibration(),
        "flagged": {
            "share": FLAGGED / KEPT_ASIDE,
            "count": FLAGGED,
            "threshold": 0.61,
            "set_by": "capacity",
            "winner": fig(RIGHT / FLAGGED, 0.65, 0.75),
            "baseline": fig(RIGHT_RULE / FLAGGED, 0.53, 0.65),
            "extra": fig((RIGHT - RIGHT_RULE) / FLAGGED, 0.06, 0.16),
        },
        "value": _value(),
        "explanation": _explanation(),
        "not_checked": [said("Another season: the file has no dates.", "其他季节：文件里没有日期。")],
        "verdict": _verdict(),
        "screen": [said("PILOT  Test first.", "先做实验。")],
    }
    return RunRecord.model_validate({**record, **changes})


def no_go(**changes: Any) -> RunRecord:
    """A project without money in which nothing beats the simple rule."""
    verdict = {
        "code": "no_go",
        "headline": said(
            "NO GO  Do not use AI here: your simple rule does as well.", "不要用 AI  简单规则就够好。"
        ),
        "reasons": [
            said(
                "The gain is at most .004, and more data would not help.", "提升最多 0.004，再多数据也没用。"
            )
        ],
        "next": said("Use the rule as it is; look again in 6 months.", "直接用这条规则；半年后再看一次。"),
        "would_change": said("A new column that says what customers asked for.", "多一列“客户问过什么”。"),
        "command": "pilothouse run shop.pilothouse churn",
        "boss": said(
            "A one-line rule does as well as AI here; we save the project.",
            "这里一行规则和 AI 一样好，这个项目可以省下。",
        ),
        "rules": {"L": -0.006, "U": 0.004, "d": 0.01, "E": 373, "p": 0.61},
    }
    flat = {
        "score": 0.712,
        "interval": fig(0.712, 0.69, 0.734),
        "gain": -0.001,
        "gain_interval": fig(-0.001, -0.006, 0.004),
        "gain_99": fig(-0.001, -0.009, 0.007),
    }
    flagged = {
        "share": FLAGGED / KEPT_ASIDE,
        "count": FLAGGED,
        "threshold": 0.4,
        "set_by": "base_rate",
        "winner": fig(0.59, 0.53, 0.65),
        "baseline": fig(0.59, 0.53, 0.65),
        "extra": fig(0.0, -0.03, 0.03),
    }
    curve = {"status": "cannot_tell", "sizes": [350, 700], "scores": [[0.70, 0.71], [0.71, 0.71]]}
    return pilot(
        **{
            "value": None,
            "verdict": verdict,
            "test": flat,
            "out_of_fold": flat,
            "flagged": flagged,
            "leaks": [],
            "slices": [],
            "learning_curve": curve,
            "explanation": None,
            "personal": [],
            "skipped": [],
            "calibration": None,
            "language": "zh",
            "not_checked": [],
        }
        | changes
    )


def _number_metrics(mae: float) -> dict[str, dict[str, Any]]:
    return {
        "mae": _around(mae, mae * 0.06),
        "rmse": _around(mae * 1.4, mae * 0.1),
        "r2": _around(1 - (mae / 2050) ** 2, 0.02),
        "mape": _around(mae / 9000, 0.01),
    }


def number(**changes: Any) -> RunRecord:
    """A price project: a numeric target."""
    verdict = _verdict() | {
        "headline": said(
            "PILOT  Test first: closer than your rule's prices.", "先做实验  估价比规则更接近。"
        ),
        "boss": said(
            "We price closer than our rule; let us try it on one city.", "估价比规则更准，先在一个城市试。"
        ),
    }
    better = {
        "score": 911.0,
        "interval": fig(911.0, 860.0, 962.0),
        "gain": 489.0,
        "gain_interval": fig(489.0, 421.0, 557.0),
        "gain_99": fig(489.0, 380.0, 600.0),
    }
    skill = {"nothing": 2050.0, "rule": 1400.0, "linear": 1010.0, "boosting": 905.0}
    drivers = [d | {"importance": _around(900 * d["importance"]["value"], 4)} for d in _drivers()]
    return pilot(
        **{
            "title": "Resale price",
            "use_case": "price",
            "question": said("What will it cost?", "会卖多少钱？"),
            "target": {"name": "price_cny", "kind": "number"},
            "metric": {"name": "mae", "higher_is_better": False},
            "baseline": {"name": "rule", "score": 1400.0, "interval": [1320.0, 1480.0]},
            "test": better,
            "out_of_fold": better,
            "candidates": [c for c in _candidates() if c["name"] in skill],
            "metrics": {
                "out_of_fold": {n: _number_metrics(v) for n, v in skill.items()},
                "test": {"rule": _number_metrics(1400.0), "boosting": _number_metrics(911.0)},
            },
            "fold_scores": {n: [v * f for f in (0.97, 1.01, 1.02, 0.99, 1.01)] for n, v in skill.items()},
            "slices": [],
            "calibration": None,
            "flagged": None,
            "value": None,
            "learning_curve": None,
            "explanation": _explanation() | {"drivers": drivers},
            "verdict": verdict,
        }
        | changes
    )


def classes(**changes: Any) -> RunRecord:
    """A ticket project: three classes."""

    def metrics(accuracy: float) -> dict[str, dict[str, Any]]:
        return {
            "auc_macro": _around(0.5 + accuracy * 0.45, 0.015),
            "accuracy": _around(accuracy, 0.02),
            "f1": _around(accuracy - 0.04, 0.02),
            "log_loss": _around(1.3 - accuracy, 0.04),
        }

    better = {
        "score": 0.83075,
        "interval": fig(0.83075, 0.81575, 0.84575),
        "gain": 0.08325,
        "gain_interval": fig(0.08325, 0.066, 0.101),
        "gain_99": fig(0.08325, 0.056, 0.111),
    }
    skill = {"nothing": 0.41, "rule": 0.55, "linear": 0.72, "boosting": 0.74}
    return pilot(
        **{
            "title": "Ticket queue",
            "use_case": "queue",
            "question": said("Which queue does a ticket belong to?", "工单该分到哪个队列？"),
            "target": {"name": "queue", "kind": "classes", "classes": ["billing", "delivery", "other"]},
            "candidates": [c for c in _candidates() if c["name"] in skill],
            "metrics": {
                "out_of_fold": {n: metrics(v) for n, v in skill.items()},
                "test": {"rule": metrics(0.55), "boosting": metrics(0.735)},
            },
            "fold_scores": {
                n: [0.5 + v * 0.45 + d for d in (-0.01, 0.0, 0.01, 0.005, -0.005)] for n, v in skill.items()
            },
            "metric": {"name": "auc_macro", "higher_is_better": True},
            "baseline": {"name": "rule", "score": 0.7475, "interval": [0.7325, 0.7625]},
            "test": better,
            "out_of_fold": better,
            "learning_curve": None,
            "slices": [],
            "calibration": None,
            "flagged": None,
            "value": None,
        }
        | changes
    )


def _ranking_metrics(hit_rate: float) -> dict[str, dict[str, Any]]:
    return {
        "ndcg": _around(hit_rate * 0.45, 0.01),
        "hit_rate": _around(hit_rate, 0.02),
        "recall": _around(hit_rate * 0.4, 0.01),
        "coverage": _around(0.41, 0.02),
    }


def _cases() -> list[dict[str, Any]]:
    because = said("Because you took Solaris.", "因为您选过《Solaris》。")
    return [
        {
            "who": "abcdefgh234567ab",
            "group": said("Where it helps most", "帮助最大的一位"),
            "has": ["Solaris", "Stalker"],
            "winner": [{"item": "Mirror", "reason": because}, {"item": "Brazil", "reason": None}],
            "baseline": ["Titanic", "Mirror"],
            "took": ["Mirror", "Alien"],
        },
        {
            "who": "zyxwvuts765432zy",
            "group": said("Somebody new", "一位新用户"),
            "has": [],
            "winner": [{"item": "Titanic", "reason": None}],
            "baseline": ["Titanic"],
            "took": ["Up"],
        },
    ]


def ranking(**changes: Any) -> RunRecord:
    """A film project: lists, with money for hits."""
    skill = {"rule": 0.20, "boosting": 0.24}
    better = {
        "score": 0.108,
        "interval": fig(0.108, 0.1, 0.116),
        "gain": 0.018,
        "gain_interval": fig(0.018, 0.01, 0.026),
        "gain_99": fig(0.018, 0.006, 0.03),
    }
    money = {"winner": 10_000 * 0.24 * 2 * 0.5, "baseline": 10_000 * 0.20 * 2 * 0.5}
    assumptions = {"hit": [1.0, 2.0, 3.0], "added": [0.5] * 3, "volume": [10_000.0] * 3}
    value = _value() | {
        "winner": fig(money["winner"], 2200.0, 2600.0),
        "baseline": fig(money["baseline"], 1800.0, 2200.0),
        "gain": fig(money["winner"] - money["baseline"], 300.0, 500.0),
        "assumptions": assumptions,
        "rates": {"winner": [0.24], "baseline": [0.20]},
        "break_even": None,
        "matters_most": "hit",
    }
    return pilot(
        **{
            "title": "Films",
            "use_case": "films",
            "scenario": "recommend",
            "question": said("What should each person see?", "给每个人看什么？"),
            "target": {"name": "film", "kind": "ranking"},
            "metric": {"name": "ndcg", "higher_is_better": True},
            "baseline": {"name": "rule", "score": 0.09, "interval": [0.082, 0.098]},
            "test": better,
            "out_of_fold": better,
            "candidates": [c for c in _candidates() if c["name"] in skill],
            "metrics": {
                "out_of_fold": {n: _ranking_metrics(v) for n, v in skill.items()},
                "test": {n: _ranking_metrics(v) for n, v in skill.items()},
            },
            "fold_scores": {n: [v * f for f in (0.43, 0.45, 0.47)] for n, v in skill.items()},
            "leaks": [],
            "slices": [],
            "calibration": None,
            "flagged": None,
            "learning_curve": None,
            "value": value,
            "explanation": {"drivers": [], "tree": None, "examples": [], "cases": _cases()},
        }
        | changes
    )


SAMPLES = {"pilot": pilot, "no_go": no_go, "number": number, "classes": classes, "ranking": ranking}

__all__ = ["SAMPLES", "Figure", "classes", "fig", "no_go", "number", "pilot", "ranking", "said"]
