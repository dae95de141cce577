"""Bodies that no route may accept or stumble over, by name."""

from __future__ import annotations

import json

from small_shop import ROW


def _with(text: str) -> bytes:
    """Put a raw JSON text where a number stands in a good request."""
    return json.dumps({"rows": ROW}).replace("59.5", text).encode()


GOOD = json.dumps({"rows": ROW}).encode()

MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "blank": b"   \n",
    "not json": b"hello",
    "cut": GOOD[:-5],
    "two values": GOOD + GOOD,
    "trailing comma": b'{"rows": [1,],}',
    "single quotes": b"{'rows': 1}",
    "comment": b'{"rows": 1 /* x */}',
    "nan": _with("NaN"),
    "infinity": _with("Infinity"),
    "minus infinity": _with("-Infinity"),
    "float overflow": _with("1e999"),
    "minus float overflow": _with("-1e999"),
    "huge integer": _with("9" * 6_000),
    "integer beyond 64 bits": _with("9" * 20),
    "hexadecimal": _with("0x10"),
    "leading zero": _with("007"),
    "plus sign": _with("+1"),
    "deep arrays": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep arrays not closed": b"[" * 200_000,
    "33 levels in a value": _with("[" * 33 + "]" * 33),
    "900 levels in a value": _with("[" * 900 + "]" * 900),
    "lone surrogate": _with('"\\ud800"'),
    "lone low surrogate": _with('"a\\udc00b"'),
    "reversed surrogates": _with('"\\udc00\\ud800"'),
    "surrogate in a name": b'{"\\ud800": 1}',
    "repeated name": b'{"rows": [], "rows": []}',
    "repeated inner name": _with('1, "monthly_fee": 2'),
    "nul escape": _with('"a\\u0000b"'),
    "nul in a name": b'{"a\\u0000": 1}',
    "nul byte": GOOD.replace(b"59.5", b'"a\x00b"'),
    "control byte in a text": GOOD.replace(b"59.5", b'"a\x01b"'),
    "byte-order mark": b"\xef\xbb\xbf" + GOOD,
    "utf-16": GOOD.decode().encode("utf-16"),
    "utf-32": GOOD.decode().encode("utf-32"),
    "bad utf-8": GOOD.replace(b"59.5", b'"\xff\xfe"'),
    "overlong utf-8": GOOD.replace(b"59.5", b'"\xc0\xaf"'),
    "surrogate in utf-8": GOOD.replace(b"59.5", b'"\xed\xa0\x80"'),
    "gbk": json.dumps({"rows": {"套餐": "家庭"}}, ensure_ascii=False).encode("gbk"),
    "bad escape": _with('"\\x41"'),
    "raw newline in a text": _with('"a\nb"'),
}

# Strict JSON that fits no request: refused by its type.
MISTYPED: dict[str, bytes] = {
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "text": b'"rows"',
    "array": b"[]",
    "empty object": b"{}",
    "unknown name": b'{"rows": [], "limit": -1}',
    "rows null": b'{"rows": null}',
    "rows text": b'{"rows": "all"}',
    "rows numbers": b'{"rows": [1, 2]}',
    "rows of nothing": b'{"rows": [null]}',
    "rows empty": b'{"rows": []}',
    "row empty": b'{"rows": {}}',
    "reasons text": json.dumps({"rows": ROW, "reasons": "yes"}).encode(),
    "reasons number": json.dumps({"rows": ROW, "reasons": 1}).encode(),
    "number as text": _with('"59.5"'),
    "number as bool": _with("true"),
    "number as array": _with("[59.5]"),
    "number as object": _with('{"$gt": 0}'),
    "text as number": json.dumps({"rows": {**ROW, "套餐": 5}}).encode(),
    "text as bool": json.dumps({"rows": {**ROW, "note": False}}).encode(),
    "time as number": json.dumps({"rows": {**ROW, "joined": 20240301}}).encode(),
    "time as words": json.dumps({"rows": {**ROW, "joined": "yesterday"}}).encode(),
    "id as object": json.dumps({"rows": {**ROW, "customer": {}}}).encode(),
    "prototype": b'{"__proto__": {"admin": true}, "rows": []}',
}
