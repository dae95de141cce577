"""F16: a file that runs code when it is opened is offered as a model.

Each payload would write a marker file if anything executed it; the marker must never
appear, whatever the payload is called and wherever it stands.
"""

import ast
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

import pilothouse
from pilothouse.errors import Corrupt, Refused
from pilothouse.guards.modelfile import check_manifest, load_file, save_file, write_manifest
from pilothouse.models.fitted import Fitted

NAMES = ("model.pkl", "state.json", "trees.txt", "weights.npz", "network.safetensors", "model")
KINDS = ("json", "arrays", "booster", "tensors", "onnx")


class Payload:
    """Writes the marker when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return (os.system, (f"touch '{self.marker}'",))


def joblib_file(payload):
    import joblib

    kept = io.BytesIO()
    joblib.dump(payload, kept)
    return kept.getvalue()


def torch_archive(payload):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(payload))
        archive.writestr("archive/version", "3\n")
    return kept.getvalue()


def object_arrays(payload):
    kept = io.BytesIO()
    values = np.empty(1, dtype=object)
    values[0] = payload
    np.savez(kept, weights=values)
    return kept.getvalue()


def object_array(payload):
    kept = io.BytesIO()
    values = np.empty(1, dtype=object)
    values[0] = payload
    np.save(kept, values, allow_pickle=True)
    return kept.getvalue()


def hidden_in_arrays(payload):
    """A good npz with a pickle beside the arrays."""
    kept = io.BytesIO()
    np.savez(kept, weights=np.zeros(3))
    with zipfile.ZipFile(kept, "a") as archive:
        archive.writestr("hidden.pkl", pickle.dumps(payload))
    return kept.getvalue()


def pickle_named_npy(payload):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("weights.npy", pickle.dumps(payload))
    return kept.getvalue()


def yaml_text(payload):
    return f"!!python/object/apply:os.system [\"touch '{payload.marker}'\"]\n".encode()


def yaml_in_braces(payload):
    return f"{{a: !!python/object/apply:os.system [\"touch '{payload.marker}'\"]}}\n".encode()


PAYLOADS = {
    **{f"pickle{p}": (lambda x, p=p: pickle.dumps(x, protocol=p)) for p in range(6)},
    "joblib": joblib_file,
    "torch": torch_archive,
    "npz_objects": object_arrays,
    "npy_objects": object_array,
    "npz_hidden": hidden_in_arrays,
    "npz_pickle": pickle_named_npy,
    "yaml": yaml_text,
    "yaml_braces": yaml_in_braces,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("payload", PAYLOADS, ids=PAYLOADS.keys())
def test_f16_payload_is_refused_and_nothing_runs(payload, name, tmp_path):
    marker = tmp_path / "executed"
    folder = tmp_path / "model"
    folder.mkdir()
    content = PAYLOADS[payload](Payload(marker))
    (folder / name).write_bytes(content)
    for kind in KINDS:
        with pytest.raises((Refused, Corrupt)) as fault:
            load_file(folder / name, kind)
        assert fault.value.text("en") and fault.value.text("zh") and fault.value.fix
    if payload != "yaml_braces":  # reads as broken JSON: refused when it is parsed
        with pytest.raises(Refused):
            write_manifest(folder)
    assert not marker.exists()


@pytest.mark.parametrize("payload", PAYLOADS, ids=PAYLOADS.keys())
def test_f16_forged_manifest_does_not_help(payload, tmp_path):
    """The attacker replaces a file and writes honest hashes for it."""
    import hashlib

    from pilothouse.guards import modelfile

    marker, folder = tmp_path / "executed", tmp_path / "model"
    content = PAYLOADS[payload](Payload(marker))
    save_file(folder / "model" / "kind.json", {"kind": "linear"}, "json")
    (folder / "fitted.json").write_bytes(content)
    files = {}
    for path in (folder / "fitted.json", folder / "model" / "kind.json"):
        whole = path.read_bytes()
        entry = {"bytes": len(whole), "kind": "json", "sha256": hashlib.sha256(whole).hexdigest()}
        files[path.relative_to(folder).as_posix()] = entry
    (folder / "manifest.json").write_bytes(modelfile._manifest(files))
    with pytest.raises((Refused, Corrupt)):
        Fitted.load(folder)
    assert not marker.exists()


def test_f16_payload_beside_a_good_model_is_refused(tmp_path):
    marker = tmp_path / "executed"
    folder = tmp_path / "model"
    save_file(folder / "a.json", {}, "json")
    write_manifest(folder)
    (folder / "__init__.py").write_text(f"open({str(marker)!r}, 'w')")
    with pytest.raises(Refused):
        check_manifest(folder)
    assert not marker.exists()


BANNED = {
    ("pickle", "load"),
    ("pickle", "loads"),
    ("joblib", "load"),
    ("torch", "load"),
    ("yaml", "load"),
    ("cloudpickle", "loads"),
    ("dill", "load"),
    ("marshal", "loads"),
    ("shelve", "open"),
}


def calls(tree):
    """Every call of the tree: its dotted end and the call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                yield (called.value.id, called.attr), node
            elif isinstance(called, ast.Attribute):
                yield ("", called.attr), node
            elif isinstance(called, ast.Name):
                yield ("", called.id), node


def test_f16_no_module_opens_what_can_run():
    root = Path(pilothouse.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            given = [k.value for k in call.keywords if k.arg == "allow_pickle"]
            unsafe = any(not (isinstance(v, ast.Constant) and v.value is False) for v in given)
            runs = name in BANNED or name in {("", "eval"), ("", "exec")} or name[1] == "read_pickle"
            if unsafe or runs:
                found.append(f"{path.relative_to(root)}:{call.lineno} {'.'.join(name)}")
    assert found == []
