import pytest

from pilothouse.steps.collect.encoding import find_encoding, open_text

TEXT = "编号,姓名\n1,张伟\n2,李娜\n"


@pytest.mark.parametrize(
    ("codec", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16"),
     ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"), ("utf-32", "utf-32")],
)  # fmt: skip
def test_encoding_of_chinese_text_is_found(tmp_path, codec, found):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode(codec))
    encoding = find_encoding(path)
    assert encoding.codec == found
    with open_text(path, encoding) as file:
        assert file.read() == TEXT


@pytest.mark.parametrize("text", ["Müller;Straße\n" * 3, "café,crème\nnaïve,façade\n", "España;año\n"])
def test_latin_text_is_not_taken_for_chinese(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode("latin-1"))
    encoding = find_encoding(path)
    assert encoding.label == "Latin-1"
    with open_text(path, encoding) as file:
        assert file.read() == text


@pytest.mark.parametrize(
    "text", ["имя,город\nАнна,Москва\n", "όνομα,πόλη\nΆννα,Αθήνα\n", "שם,עיר\nאנה,חיפה\n"]
)
def test_other_alphabets_in_utf8_stay_utf8(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    assert find_encoding(path).codec == "utf-8"


def test_utf8_cut_inside_a_character_stays_utf8(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode()[:-2])
    assert find_encoding(path).codec == "utf-8"


def test_character_over_a_chunk_border_is_whole(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a" * ((1 << 20) - 1) + "张\n".encode())
    assert find_encoding(path).codec == "utf-8"


@pytest.mark.parametrize(
    ("raw", "end"), [(b"a\nb\n", "\n"), (b"a\r\nb\r\n", "\n"), (b"a\rb\r", "\r"), (b"a", "\n")]
)
def test_line_end_is_found(tmp_path, raw, end):
    path = tmp_path / "t.csv"
    path.write_bytes(raw)
    assert find_encoding(path).line_end == end
