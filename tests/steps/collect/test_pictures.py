from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pilothouse.errors import BadTable
from pilothouse.guards.pictures import as_png
from pilothouse.steps.collect import Source, attach, guess_roles, is_folder_of_pictures, read, scan_table
from pilothouse.types import Kind, Role
from small_pictures import SHAPES, as_folder, solid
from steps.collect.test_idx import idx

pytest.importorskip("PIL.Image", reason="Pillow is not installed")


def test_folder_gives_file_label_and_picture(tmp_path: Path) -> None:
    found = read(Source(str(as_folder(tmp_path / "shapes"))))
    table = found.table
    assert table.rows == SHAPES.rows and found.provenance.format == "pictures"
    assert table.of_role(Role.ID)[0].name == "file" and table.column("picture").kind is Kind.PICTURE
    assert [f.partition("/")[0] for f in table["file"]] == table["label"].tolist()
    row = int(table["file"][0].partition("/")[2].removesuffix(".png"))
    assert (table["picture"][0] == SHAPES["picture"][row]).all()


def test_rejects_tell_file_and_reason_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    home = as_folder(tmp_path / "shapes")
    (home / "bar" / "notes.txt").write_text("not a picture")
    (home / "bar" / ".DS_Store").write_bytes(b"x")
    (home / "bar" / "Thumbs.db").write_bytes(b"x")
    found = read(Source(str(home)))
    assert [r.text for r in found.rejects] == ["bar/notes.txt"]
    assert found.provenance.rows_rejected == 1 and found.table.rows == SHAPES.rows


def test_pictures_outside_folders_have_no_label(tmp_path: Path) -> None:
    home = as_folder(tmp_path / "shapes")
    (home / "new.png").write_bytes(as_png(solid(9)))
    table = read(Source(str(home))).table
    assert table["label"].tolist().count(None) == 1
    flat = tmp_path / "flat"
    flat.mkdir()
    (flat / "图 1.png").write_bytes(as_png(solid(9)))
    assert read(Source(str(flat))).table.names == ("file", "picture")


def test_parts_of_a_set_are_not_labels(tmp_path: Path) -> None:
    for part in ("train", "Test"):
        as_folder(tmp_path / part / "a")
        (tmp_path / part / "x.png").write_bytes(as_png(solid(8)))
    with pytest.raises(BadTable, match="test, train"):
        read(Source(str(tmp_path)))


def test_a_folder_without_pictures_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    assert not is_folder_of_pictures(tmp_path)
    with pytest.raises(BadTable, match="folder"):
        read(Source(str(tmp_path)))


def test_a_column_of_names_keeps_the_other_columns(tmp_path: Path) -> None:
    home = as_folder(tmp_path / "shapes")
    path = tmp_path / "shapes" / "rows.csv"
    names = sorted(p.relative_to(home).as_posix() for p in home.rglob("*.png"))[:9]
    lines = [f"{name},{i % 3},s{i}" for i, name in enumerate(names)]
    path.write_text("path,shelf,sku\n" + "\n".join([*lines, "bar/none.png,1,s9"]) + "\n")
    table = guess_roles(read(Source(str(path))).table, roles={"path": "image", "sku": "id"})
    found = attach(
        read(Source(str(path))).__class__(table, (), read(Source(str(path))).provenance), "path", home
    )
    assert found.table["file"].tolist() == names and found.table.column("file").role is Role.IGNORE
    assert found.table["sku"].tolist() == [f"s{i}" for i in range(9)]
    assert found.rejects[0].line == 10 and found.rejects[0].text == "bar/none.png"
    assert found.provenance.rows == 9


def test_idx_gives_labels_as_words_and_no_id(tmp_path: Path) -> None:
    path = tmp_path / "images-idx3-ubyte"
    path.write_bytes(idx(np.arange(4 * 80 * 80, dtype=np.uint8).reshape(4, 80, 80)))
    (tmp_path / "labels-idx1-ubyte").write_bytes(idx(np.array([1, 0, 1, 12], dtype=np.uint8)))
    found = read(Source(str(path)))
    assert found.table["label"].tolist() == ["1", "0", "1", "12"] and not found.table.of_role(Role.ID)
    assert found.table["picture"][0].shape == (40, 40)
    assert read(Source(str(path), format="idx")).table.digest() == found.table.digest()


def test_a_table_of_pictures_can_be_looked_over(tmp_path: Path) -> None:
    table = guess_roles(read(Source(str(as_folder(tmp_path / "shapes")))).table)
    seen = scan_table(table, {"images": (Role.IMAGE, Role.TARGET)})
    assert seen.supports[0].is_ready and seen.targets[0][0] == "label"


def test_equal_pictures_have_equal_digests_and_others_have_not() -> None:
    turned = SHAPES.put(SHAPES.column("picture"), SHAPES["picture"][::-1].copy())
    assert SHAPES.digest() == SHAPES.take(slice(None)).digest() != turned.digest()
