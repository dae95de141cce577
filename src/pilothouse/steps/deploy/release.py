"""Ship a run's winner and take it back: copied whole, checked, then one pointer moves.

A release is a folder ``.pilothouse/releases/<use case>/<number>/`` that is never changed, and a
row in ``state.db``. The folder is copied under another name, synced and renamed inside the
transaction that moves the pointer, so that a kill at any moment leaves the old release or the
new one. It does not load or run a model.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from pilothouse.errors import Corrupt, NotFound, Refused, Workspace
from pilothouse.guards.modelfile import check_manifest
from pilothouse.guards.paths import inside, use_case_key
from pilothouse.messages import say
from pilothouse.store.database import now
from pilothouse.store.state import Release, Serving, State

STALE_S = 86_400.0


@dataclass(frozen=True)
class Ready:
    """A release whose files were checked; ``wanted`` is the number that was promoted.

    The two numbers differ only where the promoted release turned out damaged.
    """

    release: Release
    folder: Path
    wanted: int


def ship(state: State, product_folder: Path, use_case: str, run_id: str, *, made_by: str = "cli") -> Release:
    """Promote the winner of a run: from now on it answers.

    Raises
    ------
    Refused
        When a name is not plain or the run's model holds a link.
    NotFound
        When the run has no model.
    Corrupt
        When a file does not match the run's manifest; what served goes on serving.
    Conflict
        When another promotion was first; it is named.
    Workspace
        When the folder is full, read-only or held by another process.
    """
    seen = state.serving(use_case_key(use_case))
    model = inside(product_folder / ".pilothouse" / "runs", use_case, run_id, "model")
    if not model.is_dir():
        raise NotFound(say("deploy.no_model", run=run_id), say("deploy.run_first"))
    shelf = inside(product_folder / ".pilothouse" / "releases", use_case)
    incoming = shelf / f".incoming-{secrets.token_hex(8)}"
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        _sweep(shelf)
        _copy(model, incoming)
        check_manifest(incoming)
        draft = Release(use_case, 0, run_id, folder_hash(incoming), now(), made_by)
        return state.promote(draft, lambda number: _place(incoming, shelf / str(number)), seen=seen)
    except OSError as fault:
        raise Workspace(say("deploy.cannot_write"), say("store.make_room")) from fault
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def rollback(state: State, product_folder: Path, use_case: str, number: int | None = None) -> Serving:
    """Let an earlier release serve again, after its files were checked.

    Parameters
    ----------
    state, product_folder, use_case
        Where.
    number
        Which one; None for the one that served before.

    Raises
    ------
    NotFound
        When there is no earlier release.
    Corrupt
        When its files are damaged; what serves goes on serving.
    Conflict
        When another promotion was first.
    """
    seen = state.serving(use_case_key(use_case))
    if number is None:
        # After a rollback "the one before" is the one just left: going back to it must be said.
        before = seen.previous if seen else None
        if seen is None or before is None or before >= seen.number:
            raise NotFound(say("deploy.nothing_before", use_case=use_case), say("deploy.name_release"))
        number = before
    _checked(product_folder, state.release(use_case, number))
    return state.point(use_case, number, seen=seen)


def usable(state: State, product_folder: Path, use_case: str) -> Ready:
    """Find what may answer now: the promoted release, or the last good one where it is damaged.

    A damaged release is set aside by renaming its folder.

    Raises
    ------
    NotFound
        When nothing was shipped.
    Corrupt
        When no release is whole.
    """
    serving = state.serving(use_case)
    if serving is None:
        raise NotFound(say("deploy.nothing_serves", use_case=use_case), say("deploy.ship_first"))
    older = [r for r in state.releases(use_case) if r.number < serving.number]
    # What served before the promoted one is known good; after it, the newest.
    older.sort(key=lambda r: (r.number == serving.previous, r.number), reverse=True)
    damage: Corrupt | None = None
    for release in [state.release(use_case, serving.number), *older]:
        try:
            return Ready(release, _checked(product_folder, release), serving.number)
        except Corrupt as fault:
            damage = damage or fault
            _set_aside(_folder(product_folder, release))
    assert damage is not None
    raise damage


def folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of all files of ``folder``."""
    seen = hashlib.sha256()
    for path in _files(folder):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        seen.update(f"{path.relative_to(folder).as_posix()}\x00{content}\n".encode())
    return seen.hexdigest()


def _folder(product_folder: Path, release: Release) -> Path:
    root = product_folder / ".pilothouse" / "releases"
    return inside(root, use_case_key(release.use_case), str(release.number))


def _checked(product_folder: Path, release: Release) -> Path:
    folder = _folder(product_folder, release)
    damaged = Corrupt(
        say("deploy.damaged", use_case=release.use_case, number=release.number), say("deploy.ship_again")
    )
    if not folder.is_dir():
        raise damaged
    try:
        check_manifest(folder)
        whole = folder_hash(folder) == release.folder_hash
    except Refused as fault:
        raise damaged from fault
    if not whole:
        raise damaged
    return folder


def _files(folder: Path) -> list[Path]:
    """List the files below ``folder`` in a fixed order; links and devices are refused."""
    found = []
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Refused(say("deploy.link", name=path.name), say("deploy.run_again"))
        if path.is_file():
            found.append(path)
    return found


def _copy(source: Path, target: Path) -> None:
    """Copy every file and sync it, and its folders, to the disk."""
    folders = {target}
    target.mkdir()
    for path in _files(source):
        copied = target / path.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        folders.update(p for p in copied.parents if p.is_relative_to(target))
        with path.open("rb") as read, copied.open("wb") as written:
            shutil.copyfileobj(read, written, 1 << 20)
            written.flush()
            os.fsync(written.fileno())
    for folder in sorted(folders, reverse=True):
        _sync(folder)


def _place(incoming: Path, target: Path) -> None:
    """Give the folder its number; runs while the write lock is held, so nobody else is here."""
    if target.exists():
        # Left by a ship that was killed between the rename and its commit: no row knows it.
        target.rename(target.with_name(f".orphan-{secrets.token_hex(8)}"))
    incoming.rename(target)
    _sync(target.parent)


def _sweep(shelf: Path) -> None:
    """Remove what killed ships left behind, once it is a day old."""
    for left in [*shelf.glob(".incoming-*"), *shelf.glob(".orphan-*")]:
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_S:
                shutil.rmtree(left)


def _set_aside(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rename(folder.with_name(f"{folder.name}.damaged-{secrets.token_hex(4)}"))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
