from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.guards.llm.masking import Masking, Search, nested
from pilothouse.guards.personal import NameFinder

PATTERNS = Search(None)


def test_hidden_values_come_back_where_their_marks_stand() -> None:
    masking = Masking(PATTERNS)
    hidden = masking.hide("打 13912345678 或写 li@example.com，再打 13912345678")
    assert hidden == "打 [MOBILE_1] 或写 [EMAIL_2]，再打 [MOBILE_1]"
    assert masking.show("call [MOBILE_1], not [MOBILE_9]") == "call 13912345678, not [MOBILE_9]"


@given(st.text(max_size=60), st.sampled_from(["13912345678", "li@example.com", "[MOBILE_1]", ""]))
def test_hiding_and_showing_give_the_text_back(text: str, value: str) -> None:
    masking = Masking(PATTERNS)
    whole = f"{text} {value} {text}"
    assert masking.show(masking.hide(whole)) == whole


def test_marks_of_one_question_are_shared_by_its_texts() -> None:
    masking = Masking(PATTERNS)
    assert masking.hide_in({"a": ["13912345678"], "13912345678": 1}) == {"a": ["[MOBILE_1]"], "[MOBILE_1]": 1}
    assert masking.show_in({"b": "[MOBILE_1]", "c": [None, 2]}) == {"b": "13912345678", "c": [None, 2]}


def test_names_are_hidden_beside_patterns_and_not_inside_of_marks() -> None:
    def chinese(text: str) -> list[tuple[int, int]]:
        at = [text.index(w) for w in ("王小明", "MOBILE") if w in text]
        return [(a, a + (3 if text[a] == "王" else 6)) for a in at]

    masking = Masking(Search(NameFinder(chinese, lambda _: [])))
    assert masking.hide("王小明 [MOBILE_1] 13912345678 好") == "[NAME_1] [MOBILE_1] [MOBILE_2] 好"


def test_nest_changes_every_text() -> None:
    assert nested({"a": ("x", [{"b": "y"}]), "n": 1.5}, str.upper) == {"A": ["X", [{"B": "Y"}]], "N": 1.5}
