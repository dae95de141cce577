"""The door for model files: the only place that writes or reads them.

A model is a folder of plain data (JSON, npz without objects, LightGBM text,
safetensors, ONNX) with ``manifest.json``, which holds the SHA-256 of every file and of
itself. What a file is, is found from its content and never from its name; pickle,
joblib, torch archives, YAML and anything else unknown are refused unread. A changed,
cut, missing, added or linked file is found before anything is parsed.

Hashes tell accident from order, not friend from foe: whoever can write the folder can
write a manifest. So ``check_manifest`` takes the digest that ``write_manifest``
returned and that the caller kept elsewhere, and content is checked again when read.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pilothouse.errors import Corrupt, Refused, TooLarge
from pilothouse.guards.boostertext import check_booster
from pilothouse.guards.onnxgraph import check_onnx, is_onnx
from pilothouse.lazy import require
from pilothouse.messages import say

FileKind = Literal["json", "arrays", "booster", "tensors", "onnx"]

MANIFEST = "manifest.json"
_VERSION = 1
_LARGEST: Mapping[FileKind, int] = {
    "json": 64 << 20,
    "arrays": 1 << 30,
    "booster": 1 << 30,
    "tensors": 4 << 30,
    "onnx": 1 << 30,
}
_MOST_FILES = 1_000
_MOST_ARRAYS = 10_000
_NPY = b"\x93NUMPY"


def sniff(content: bytes) -> FileKind | None:
    """Tell what a file is from its content; None for everything that is not welcome."""
    if content.startswith(b"tree\nversion="):
        return "booster"
    if content.startswith(b"PK\x03\x04") or content.startswith(b"PK\x05\x06"):
        return "arrays" if _holds_arrays(content) else None
    if len(content) > 9 and content[8:9] == b"{":
        length = int.from_bytes(content[:8], "little")
        if 2 <= length <= len(content) - 8 and content[7 + length : 8 + length] in (b"}", b" "):
            return "tensors"
    if content[:1] in (b"{", b"["):
        return "json"
    return "onnx" if is_onnx(content) else None


def save_file(path: Path, content: Any, kind: FileKind) -> None:
    """Write one model file whole or not at all, and sync it.

    Parameters
    ----------
    path
        Where; folders above it are made.
    content
        "json": what ``json`` can write, without NaN. "arrays" and "tensors": a
        mapping of names to arrays of numbers. "booster": LightGBM's text. "onnx": the
        bytes of a model that holds all its values.
    kind
        How it is kept.
    """
    if kind == "json":
        made = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    elif kind == "booster":
        made = content.encode()
    elif kind == "onnx":
        check_onnx(content)
        made = bytes(content)
    elif kind == "tensors":
        made = require("safetensors.numpy", extra="deep").save({k: np.asarray(v) for k, v in content.items()})
    else:
        kept = io.BytesIO()
        np.savez(kept, allow_pickle=False, **{k: np.asarray(v) for k, v in content.items()})
        made = kept.getvalue()
    _write(path, made)


def load_file(path: Path, kind: FileKind) -> Any:
    """Read one model file; the mirror of ``save_file``.

    Raises
    ------
    Refused
        When the content is not of ``kind``, whatever the file is called.
    Corrupt
        When it is of that kind but broken or missing.
    TooLarge
        When it is over the limit of its kind.
    """
    content = _read(path, _LARGEST[kind])
    found = sniff(content)
    if found != kind:
        raise Refused(say("modelfile.not_welcome", file=path.name), say("modelfile.not_welcome_fix"))
    try:
        if kind == "json":
            return json.loads(content, parse_constant=_no_constant)
        if kind == "booster":
            text = content.decode("utf-8")
            check_booster(text)
            return text
        if kind == "onnx":
            check_onnx(content)
            return content
        if kind == "tensors":
            return _tensors(content)
        return _arrays(content)
    except (ValueError, KeyError, IndexError, OSError, EOFError, RecursionError, zipfile.BadZipFile) as fault:
        raise _corrupt(path.name) from fault


def _tensors(content: bytes) -> dict[str, Any]:
    safetensors = require("safetensors", extra="deep")
    try:
        return dict(require("safetensors.numpy", extra="deep").load(content))
    except safetensors.SafetensorError as fault:  # its own kind, no ValueError
        raise ValueError("not whole") from fault


def write_manifest(folder: Path) -> str:
    """Write ``manifest.json`` over every file below ``folder``; return its digest.

    Raises
    ------
    Refused
        When a file is of no welcome kind or a link.
    """
    files = {}
    for name, path in _listed(folder):
        content = _read(path, max(_LARGEST.values()))
        kind = sniff(content)
        if kind is None:
            raise Refused(say("modelfile.not_welcome", file=name), say("modelfile.not_welcome_fix"))
        files[name] = {
            "bytes": len(content),
            "kind": kind,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    made = _manifest(files)
    _write(folder / MANIFEST, made)
    return hashlib.sha256(made).hexdigest()


def check_manifest(folder: Path, expected: str | None = None) -> str:
    """Check every file below ``folder`` against its manifest; return the digest.

    Parameters
    ----------
    folder
        The model's folder.
    expected
        The digest that ``write_manifest`` returned, where the caller kept it.

    Raises
    ------
    Corrupt
        When the manifest or a file is missing, cut or changed, or the digest differs.
    Refused
        When there is a file that the manifest does not name, or of no welcome kind.
    """
    content = _read(folder / MANIFEST, _LARGEST["json"])
    files = _parsed(content)
    digest = hashlib.sha256(content).hexdigest()
    if expected is not None and digest != expected:
        raise _corrupt(MANIFEST)
    found = dict(_listed(folder))
    for name, entry in files.items():
        if name not in found:
            raise _corrupt(name)
        path = found.pop(name)
        if path.stat().st_size != entry["bytes"]:
            raise _corrupt(name)
        whole = _read(path, max(_LARGEST.values()))
        if hashlib.sha256(whole).hexdigest() != entry["sha256"]:
            raise _corrupt(name)
        if sniff(whole) != entry["kind"]:
            raise Refused(say("modelfile.not_welcome", file=name), say("modelfile.not_welcome_fix"))
    if found:
        name = min(found)
        raise Refused(say("modelfile.unlisted", file=name), say("modelfile.again"))
    return digest


def _manifest(files: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The one way to write a manifest, so that any changed byte shows."""
    body = json.dumps(files, sort_keys=True, ensure_ascii=True)
    whole = {"files": files, "self": hashlib.sha256(body.encode()).hexdigest(), "version": _VERSION}
    return (json.dumps(whole, sort_keys=True, ensure_ascii=True, indent=1) + "\n").encode()


def _parsed(content: bytes) -> dict[str, dict[str, Any]]:
    """Entries of a manifest that is byte for byte what ``_manifest`` writes."""
    try:
        whole = json.loads(content)
        if isinstance(whole, dict) and isinstance(whole.get("version"), int) and whole["version"] > _VERSION:
            raise Refused(say("modelfile.newer"), say("modelfile.newer_fix"))
        files = whole["files"]
        same = _manifest(files) == content
        sound = all({"bytes", "kind", "sha256"} == set(entry) for entry in files.values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise _corrupt(MANIFEST) from fault
    if not (same and sound):
        raise _corrupt(MANIFEST)
    return dict(files)


def _listed(folder: Path) -> list[tuple[str, Path]]:
    """Files below ``folder`` by their relative names, sorted; links are refused."""
    listed = []
    for above, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(above) / name
            if path.is_symlink():
                raise Refused(say("modelfile.link", file=name), say("modelfile.again"))
        for name in names:
            path = Path(above) / name
            relative = path.relative_to(folder).as_posix()
            if relative != MANIFEST:
                listed.append((relative, path))
        if len(listed) > _MOST_FILES:
            raise TooLarge(say("modelfile.too_many", most=_MOST_FILES), say("modelfile.again"))
    return sorted(listed)


def _read(path: Path, most: int) -> bytes:
    """Read at most ``most`` bytes of a plain file; a pipe or device is never opened."""
    if not path.is_file() or path.is_symlink():
        raise _corrupt(path.name)
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise TooLarge(say("modelfile.too_large", file=path.name, most_mb=most >> 20), say("modelfile.again"))
    return content


def _write(path: Path, content: bytes) -> None:
    """Write beside, sync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _holds_arrays(content: bytes) -> bool:
    """True for a zip of nothing but npy files without objects, stored and not deflated."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_ARRAYS:
                return False
            for entry in entries:
                if not entry.filename.endswith(".npy") or entry.compress_type != zipfile.ZIP_STORED:
                    return False
                with archive.open(entry) as file:
                    if not _plain_header(file):
                        return False
    except (ValueError, KeyError, OSError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        return False
    return True


def _plain_header(file: Any) -> bool:
    """True for an npy header whose values are numbers, booleans or fixed text."""
    if file.read(len(_NPY)) != _NPY:
        return False
    version = tuple(file.read(2))
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read:
        return False
    _, _, kind = read[version](file)
    return kind.kind in "biufU" and not kind.hasobject


def _arrays(content: bytes) -> dict[str, Any]:
    """Arrays of an npz; zip's own checksums are verified by reading."""
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        return {name: kept[name] for name in kept.files}


def _no_constant(name: str) -> Any:
    """NaN and Infinity are not JSON."""
    raise ValueError(name)


def _corrupt(name: str) -> Corrupt:
    return Corrupt(say("modelfile.corrupt", file=name), say("modelfile.again"))
