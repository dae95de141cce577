"""The one door through which a name becomes a path.

A name that may be part of a path is short, plain ASCII and means the same on every file
system; anything else, however it is spelt, is refused or turned into a generated id. What is
resolved must lie inside its root, also through links. It opens nothing and makes nothing.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

from pilothouse.errors import Refused
from pilothouse.messages import say

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}", re.ASCII)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$)(\..*)?", re.ASCII | re.IGNORECASE)
_UNFIT = re.compile(r"[^a-z0-9]+", re.ASCII)


def is_plain(name: str) -> bool:
    """Tell whether ``name`` may be one part of a path as it stands."""
    return (
        _PART.fullmatch(name) is not None
        and ".." not in name
        and not name.endswith(".")
        and _DEVICE.fullmatch(name) is None
    )


def use_case_key(name: str) -> str:
    """Return ``name`` when it is a use case's key, ``[a-z][a-z0-9_]{0,39}`` and no device's name.

    Raises
    ------
    Refused
        For any other text.
    """
    if _KEY.fullmatch(name) is None or not is_plain(name):
        raise Refused(say("service.bad_name"), say("service.name_rule"))
    return name


def safe_id(text: str) -> str:
    """Make a plain id of any text: the same for the same text in NFC, different for different texts.

    Upper and lower case give different ids, both in lower case, so that they never meet on a
    file system that folds case.
    """
    normal = unicodedata.normalize("NFC", text)
    mark = hashlib.sha256(normal.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    words = _UNFIT.sub("-", normal.lower()).strip("-")[:40].strip("-")
    return f"{words}-{mark}" if words else f"n-{mark}"


def inside(root: Path, *names: str) -> Path:
    """Resolve ``names`` below ``root``, each one plain part; links may not lead out.

    Returns
    -------
    Path
        The resolved path; it need not exist.

    Raises
    ------
    Refused
        When a name is not plain, differs only by case from one that is there, or the
        resolved path lies outside ``root``.
    """
    home = root.resolve()
    path = home
    for name in names:
        if not is_plain(name):
            raise Refused(say("service.bad_name"), say("service.name_rule"))
        if _only_case_differs(path, name):
            raise Refused(say("service.name_taken"), say("service.name_rule"))
        path = path / name
    resolved = path.resolve()
    if not resolved.is_relative_to(home):
        raise Refused(say("service.outside"), say("service.name_rule"))
    return resolved


def below(root: Path, name: str) -> Path:
    """Resolve a path that somebody wrote into a table, relative to ``root``; links may not lead out.

    Any spelling is welcome, for the files are the user's own and are only read.

    Raises
    ------
    Refused
        When what is meant lies outside ``root``, or the name cannot be a path.
    """
    home = root.resolve()
    try:
        resolved = (home / name.replace("\\", "/")).resolve()
    except (OSError, ValueError, RuntimeError) as fault:  # a zero byte, a circle of links
        raise Refused(say("service.bad_name"), say("service.name_rule")) from fault
    if not resolved.is_relative_to(home):
        raise Refused(say("service.outside"), say("service.name_rule"))
    return resolved


def _only_case_differs(folder: Path, name: str) -> bool:
    if not folder.is_dir():
        return False
    folded = name.lower()
    there = [entry.name for entry in folder.iterdir() if entry.name.lower() == folded]
    return bool(there) and name not in there
