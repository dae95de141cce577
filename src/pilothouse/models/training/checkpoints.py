"""A checkpoint after every epoch, from which a killed training resumes.

Weights go under the epoch's own name first, then the note that points to them: a kill
at any moment leaves a whole one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pilothouse.guards.modelfile import load_file, save_file

_NOTE = "epoch.json"


def write_checkpoint(folder: Path, note: dict[str, Any], tensors: dict[str, Any]) -> None:
    """Keep ``tensors`` and the ``note``, whose "epochs" names them; drop the ones before.

    Parameters
    ----------
    folder
        Where; made when it is missing.
    note
        JSON with "identity" (what a resuming run must share) and "epochs".
    tensors
        Torch tensors by name, of any device.
    """
    number = note["epochs"]
    arrays = {name: one.detach().cpu().contiguous().numpy() for name, one in tensors.items()}
    save_file(folder / f"epoch-{number}.safetensors", arrays, "tensors")
    save_file(folder / _NOTE, note, "json")
    for old in folder.glob("epoch-*.safetensors"):
        if old.name != f"epoch-{number}.safetensors":
            old.unlink(missing_ok=True)


def read_checkpoint(
    folder: Path | None, identity: str, torch: Any
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return note and tensors of the last whole epoch of the same run; None without one."""
    if folder is None or not (folder / _NOTE).is_file():
        return None
    note = load_file(folder / _NOTE, "json")
    if note.get("identity") != identity:
        return None
    kept = load_file(folder / f"epoch-{note['epochs']}.safetensors", "tensors")
    return note, {name: torch.from_numpy(values.copy()) for name, values in kept.items()}


def below(tensors: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Return the tensors whose names start with ``prefix``, by the rest of their names."""
    return {name.removeprefix(prefix): one for name, one in tensors.items() if name.startswith(prefix)}
