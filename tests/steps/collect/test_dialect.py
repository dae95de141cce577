import pytest

from pilothouse.steps.collect.dialect import find_dialect, has_header, usual_width


def lines(text):
    return text.splitlines(keepends=True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(delimiter):
    text = "name,age,city\nAnn,31,Rome\nBob,40,Bonn\n".replace(",", delimiter)
    assert find_dialect(lines(text)).delimiter == delimiter


def test_decimal_commas_are_not_delimiters():
    assert find_dialect(lines("a;b;c\n1,5;2,5;3,5\n4,5;5,5;6,5\n")).delimiter == ";"


def test_delimiters_inside_quotes_do_not_count():
    assert find_dialect(lines('name;note\n"a";"x, y, z"\n"b";"x, y, z"\n')).delimiter == ";"


def test_one_column_has_no_delimiter():
    assert find_dialect(lines("text\nhello\nhow, are, you\nfine\n")).label is None


def test_escaped_quotes_are_seen():
    dialect = find_dialect(lines('name,note\n1,"say \\"hi\\" now"\n2,"x"\n'))
    assert dialect.escape == "\\"
    assert list(dialect.reader(['1,"say \\"hi\\" now"\n'])) == [["1", 'say "hi" now']]


def test_backslash_is_kept_where_quotes_are_doubled():
    assert find_dialect(lines('name,path\n1,"C:\\"\n2,"D:\\"\n')).escape is None


def test_width_is_the_commonest():
    assert usual_width([["title"], ["a", "b"], ["1", "2"], ["3", "4"]]) == 2


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([["name", "age"], ["Ann", "31"], ["Bob", "40"]], True),
        ([["39", "State-gov"], ["50", "Private"], ["38", "State-gov"]], False),
        ([["good film", "1"], ["bad film", "0"]], False),
        ([["city", "note"], ["Rome", "x"], ["Bonn", "y"]], True),
        ([["日期", "销量"], ["2025年3月4日", "1.2万"]], True),
        ([["Rome", "x"], ["Bonn", "y"], ["Rome", "x"]], False),
        ([["id", "2023", "2024"], ["a", "5", "6"], ["b", "7", "8"]], False),
        ([["", "", ""], ["1", "2", "3"]], False),
    ],
)
def test_header_is_told_from_what_stands_below(records, found):
    assert has_header(records) is found
