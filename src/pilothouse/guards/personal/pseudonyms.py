"""Pseudonyms: the same id gets the same word, and only the key's holder can tell.

HMAC-SHA256 (RFC 2104) under a key of this workspace, cut to 80 bits: with ten
million ids, the chance that any two share a pseudonym is below 1e-10. There is no
way back from a pseudonym; callers keep the rows in order and map back by position.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BYTES = 10  # 80 bits are 16 characters of base32, without padding


class Pseudonyms:
    """Replaces ids by keyed pseudonyms.

    Parameters
    ----------
    key
        At least 16 secret bytes; kept by the workspace, never in a run folder.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError(f"a key of {len(key)} bytes is too short: give at least 16")
        self._key = key

    def __repr__(self) -> str:
        return "Pseudonyms(key=...)"

    def of(self, values: NDArray[Any], domain: str = "id") -> NDArray[Any]:
        """Return the pseudonyms of ``values``, missing staying missing.

        Parameters
        ----------
        values
            (n,) text or None.
        domain
            What is named: a user and an item of the same number share nothing.

        Returns
        -------
        (n,) object array of 16 characters a-z, 2-7, or None.
        """
        own = hmac.digest(self._key, domain.encode(), hashlib.sha256)
        listed = values.tolist()
        distinct = [v for v in dict.fromkeys(listed) if v is not None]
        raw = b"".join(
            hmac.digest(own, v.encode("utf-8", "surrogatepass"), "sha256")[:_BYTES] for v in distinct
        )
        text = base64.b32encode(raw).decode().lower()
        width = _BYTES * 8 // 5
        names = {v: text[i * width : (i + 1) * width] for i, v in enumerate(distinct)}
        made = np.empty(len(listed), dtype=object)
        made[:] = [names.get(v) for v in listed]
        return made
