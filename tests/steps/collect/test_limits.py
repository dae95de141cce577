import gzip
import zipfile

import pytest

from pilothouse.errors import BadTable, TooLarge
from pilothouse.steps.collect.limits import Limits, check_archive, unfold_gzip


def test_check_refuses_bytes_and_ratio():
    limits = Limits(expanded_bytes=1 << 30, ratio=100)
    limits.check(60 << 20, 1)
    limits.check(200 << 20, 3 << 20)
    for unfolded, packed in ((2 << 30, 1 << 30), (200 << 20, 1 << 20)):
        with pytest.raises(TooLarge):
            limits.check(unfolded, packed)


def test_gzip_over_the_cap_leaves_nothing_behind(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(bytes(5 << 20)))
    with pytest.raises(TooLarge):
        unfold_gzip(tmp_path / "a.gz", tmp_path / "a", Limits(expanded_bytes=1 << 20))
    assert not (tmp_path / "a").exists()
    unfold_gzip(tmp_path / "a.gz", tmp_path / "a", Limits())
    assert (tmp_path / "a").stat().st_size == 5 << 20


def test_archive_that_is_none_is_said(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(BadTable):
        check_archive(tmp_path / "a.xlsx", Limits())


def test_archive_of_one_large_entry_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(5 << 20))
    check_archive(tmp_path / "a.xlsx", Limits())
    with pytest.raises(TooLarge):
        check_archive(tmp_path / "a.xlsx", Limits(sheet_bytes=1 << 20))
