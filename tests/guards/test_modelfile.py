import io
import json
import os
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import Corrupt, Refused, TooLarge
from pilothouse.guards import modelfile
from pilothouse.guards.modelfile import MANIFEST, check_manifest, load_file, save_file, sniff, write_manifest


@pytest.fixture
def folder(tmp_path):
    save_file(tmp_path / "a.json", {"名": [1, 2.5, None, "x"]}, "json")
    save_file(
        tmp_path / "deep" / "b.npz", {"w": np.arange(6.0).reshape(2, 3), "名": np.array(["a"])}, "arrays"
    )
    return tmp_path


def test_json_and_arrays_round_trip(folder):
    assert load_file(folder / "a.json", "json") == {"名": [1, 2.5, None, "x"]}
    arrays = load_file(folder / "deep" / "b.npz", "arrays")
    np.testing.assert_array_equal(arrays["w"], np.arange(6.0).reshape(2, 3))
    assert arrays["名"].tolist() == ["a"]


def test_tensors_round_trip(tmp_path):
    pytest.importorskip("safetensors", reason="needs the extra deep")
    kept = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.array([1], dtype=np.int64)}
    save_file(tmp_path / "t", kept, "tensors")
    again = load_file(tmp_path / "t", "tensors")
    for name, values in kept.items():
        np.testing.assert_array_equal(again[name], values)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8")),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner)
        ),
        max_leaves=12,
    )
)
@settings(max_examples=60)
def test_json_round_trip_of_anything_plain(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "x"
    save_file(path, [content], "json")
    assert load_file(path, "json") == [content]


def test_json_never_holds_nan(tmp_path):
    with pytest.raises(ValueError):
        save_file(tmp_path / "x.json", [float("nan")], "json")
    (tmp_path / "y.json").write_text("[NaN]")
    with pytest.raises(Corrupt):
        load_file(tmp_path / "y.json", "json")


def test_deep_json_is_corrupt_and_does_no_harm(tmp_path):
    (tmp_path / "x.json").write_text("[" * 200_000)
    with pytest.raises(Corrupt):
        load_file(tmp_path / "x.json", "json")


def test_content_decides_and_the_name_does_not(folder):
    (folder / "a.json").rename(folder / "a.npz")
    with pytest.raises(Refused):
        load_file(folder / "a.npz", "arrays")
    assert load_file(folder / "a.npz", "json")["名"][0] == 1


def test_whole_folder_passes_and_its_digest_is_told(folder):
    digest = write_manifest(folder)
    assert check_manifest(folder) == digest == check_manifest(folder, digest)
    with pytest.raises(Corrupt):
        check_manifest(folder, "0" * 64)


def test_digest_changes_with_any_file(folder):
    first = write_manifest(folder)
    save_file(folder / "a.json", {"名": [1]}, "json")
    assert write_manifest(folder) != first


def test_rewritten_manifest_does_not_fool_a_kept_digest(folder):
    digest = write_manifest(folder)
    save_file(folder / "a.json", {"名": ["forged"]}, "json")
    write_manifest(folder)
    with pytest.raises(Corrupt):
        check_manifest(folder, digest)


def test_missing_file_and_missing_manifest_are_corrupt(folder):
    with pytest.raises(Corrupt):
        check_manifest(folder)
    write_manifest(folder)
    (folder / "a.json").unlink()
    with pytest.raises(Corrupt) as fault:
        check_manifest(folder)
    assert "a.json" in fault.value.text("zh")


def test_file_that_nobody_listed_is_refused(folder):
    write_manifest(folder)
    (folder / "deep" / "more.json").write_text("{}")
    with pytest.raises(Refused):
        check_manifest(folder)


@pytest.mark.parametrize("where", ["a.json", "more.json", "deeper"])
def test_links_are_refused(folder, tmp_path_factory, where):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "a.json").write_bytes((folder / "a.json").read_bytes())
    write_manifest(folder)
    (folder / where).unlink(missing_ok=True)
    (folder / where).symlink_to(outside if where == "deeper" else outside / "a.json")
    with pytest.raises(Refused):
        check_manifest(folder)
    with pytest.raises((Refused, Corrupt)):
        load_file(folder / where, "json")


def test_pipe_is_never_opened(folder):
    write_manifest(folder)
    (folder / "a.json").unlink()
    os.mkfifo(folder / "a.json")
    with pytest.raises(Corrupt):
        check_manifest(folder)


def test_file_over_its_limit_is_not_read(folder, monkeypatch):
    monkeypatch.setattr(modelfile, "_LARGEST", {**modelfile._LARGEST, "json": 10})
    with pytest.raises(TooLarge):
        load_file(folder / "a.json", "json")


def test_manifest_of_a_newer_version_says_update(folder):
    write_manifest(folder)
    whole = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**whole, "version": 99}))
    with pytest.raises(Refused) as fault:
        check_manifest(folder)
    assert "newer" in fault.value.text("en") and "升级" in fault.value.text("zh")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"files": {}}', b"null", b"\xff\xfe", b"[" * 100_000]
)
def test_manifest_of_another_shape_is_corrupt(folder, content):
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(Corrupt):
        check_manifest(folder)


def deflated(**arrays):
    kept = io.BytesIO()
    np.savez_compressed(kept, **arrays)
    return kept.getvalue()


def zipped(name, content):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr(name, content)
    return kept.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"a: 1\n",
        pickle.dumps({"a": 1}, protocol=0),
        pickle.dumps({"a": 1}, protocol=4),
        deflated(w=np.zeros(10)),
        zipped("data.pkl", b"x"),
        zipped("w.npy", b"\x93NUMPY\x01\x00garbage"),
        zipped("w.npy", pickle.dumps(1)),
        b"PK\x03\x04 cut",
        b"\x00" * 100,
        (2**60).to_bytes(8, "little") + b"{}",
    ],
)
def test_sniff_welcomes_nothing_unknown(content):
    assert sniff(content) is None


def test_sniff_refuses_arrays_of_objects():
    kept = io.BytesIO()
    np.savez(kept, w=np.array([{"a": 1}, None], dtype=object))
    assert sniff(kept.getvalue()) is None


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_sniff_never_fails(content):
    sniff(content)
    sniff(b"PK\x03\x04" + content)
    sniff(b"tree\nversion=" + content)


def test_interrupted_write_leaves_the_old_file(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        save_file(folder / "a.json", {"new": 1}, "json")
    assert load_file(folder / "a.json", "json")["名"][0] == 1
    assert sorted(p.name for p in folder.iterdir()) == ["a.json", "deep"]


def test_cut_tensors_are_corrupt_and_raise_nothing_of_their_own(tmp_path):
    pytest.importorskip("safetensors", reason="needs the extra deep")
    save_file(tmp_path / "t", {"w": np.arange(100.0)}, "tensors")
    (tmp_path / "t").write_bytes((tmp_path / "t").read_bytes()[:-80])
    with pytest.raises(Corrupt):
        load_file(tmp_path / "t", "tensors")
