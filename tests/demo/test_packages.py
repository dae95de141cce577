"""Packages are read, checked, and never installed."""

import csv
import gzip
import hashlib
import io
import tarfile
import zipfile

import numpy as np
import pytest

from pilothouse.demo.packages import (
    DIGITS,
    RECBOLE,
    Package,
    fetch,
    unpack,
    write_answers,
    write_digits,
    write_reviews,
)
from pilothouse.errors import Corrupt, NotFound
from pilothouse.steps.collect.idx import read_idx
from pilothouse.steps.collect.limits import Limits

RATINGS = b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242:token\t3\t881250949\n"


def pack(folder):
    """A wheel of one table, and how the demonstration would know it."""
    file = folder / "tinydata-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("tinydata/ratings.inter", RATINGS)
        wheel.writestr(
            "tinydata-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinydata\nVersion: 1.0\n"
        )
        wheel.writestr("tinydata-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Package("tinydata==1.0", digest, {"ratings.tsv": ("tinydata/ratings.inter",)}), file


def test_fetched_table_has_plain_headers_and_its_rows_as_they_were(tmp_path, registry):
    package, _ = pack(registry)
    fetch(package, tmp_path / "data")
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["ratings.tsv"]
    header, row = (tmp_path / "data" / "ratings.tsv").read_bytes().splitlines()
    assert header == b"user_id\titem_id\trating\ttimestamp"
    assert row == RATINGS.splitlines()[1]


def test_table_that_is_there_is_not_fetched_again(tmp_path, registry):
    (tmp_path / "ratings.tsv").write_text("mine", encoding="utf-8")
    fetch(Package("no-such-wheel==1", "", {"ratings.tsv": ("x",)}), tmp_path)
    assert (tmp_path / "ratings.tsv").read_text(encoding="utf-8") == "mine"


def test_wheel_with_one_byte_changed_is_refused(tmp_path):
    package, file = pack(tmp_path)
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(Corrupt):
        unpack(package, file)
    assert not (tmp_path / "ratings.tsv").exists()


def test_digits_become_pictures_with_labels(tmp_path):
    rows = np.zeros((3, 785))
    rows[:, -1] = (7, 0, 9)
    rows[1, 30] = 255
    text = "\n".join(",".join(f"{v:.4e}" for v in row) for row in rows)
    path = tmp_path / DIGITS
    write_digits([gzip.compress(text.encode())], path)
    pixels, labels, _ = read_idx(path, Limits())
    assert labels.tolist() == [7, 0, 9] and pixels.shape == (3, 28, 28)
    assert pixels[1, 1, 2] == 255 and pixels.sum() == 255


@pytest.mark.usefixtures("registry")
def test_wheel_that_cannot_be_had_is_named(tmp_path):
    with pytest.raises(NotFound) as missing:
        fetch(RECBOLE, tmp_path)
    assert RECBOLE.pin in missing.value.text("en")


def listed(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_source_package_is_read_too(tmp_path):
    file = tmp_path / "tiny-1.0.tar.gz"
    bad, good = "很差\n很差\n太慢\n".encode(), "不错\n\n喜欢，推荐\n".encode()
    with tarfile.open(file, "w:gz") as archive:
        for name, content in (("tiny-1.0/neg.txt", bad), ("tiny-1.0/pos.txt", good)):
            told = tarfile.TarInfo(name)
            told.size = len(content)
            archive.addfile(told, io.BytesIO(content))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    files = {"reviews.csv": ("tiny-1.0/neg.txt", "tiny-1.0/pos.txt")}
    unpack(Package("tiny==1.0", digest, files, write_reviews, is_source=True), file)
    header, *rows = listed(tmp_path / "reviews.csv")
    assert header == ["评价", "态度"]
    assert sorted(rows) == sorted(
        [["很差", "不满意"], ["太慢", "不满意"], ["不错", "满意"], ["喜欢，推荐", "满意"]]
    )


def test_the_first_answer_to_each_question_is_kept(tmp_path):
    text = (
        "categories:\n- x\nconversations:\n- - My mouse, it hangs\n  - Try another port.\n  - Or batteries.\n"
    )
    text += "- - 什么是ai\n  - '人工智能'\n- - My mouse, it hangs\n  - No.\n"
    write_answers([text.encode()], tmp_path / "faq.csv")
    assert listed(tmp_path / "faq.csv") == [
        ["question", "answer"],
        ["My mouse, it hangs", "Try another port."],
        ["什么是ai", "人工智能"],
    ]
