"""What is printed never drives the terminal, and loses nothing of what it says."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from engine.source.catalogue import more_findings
from engine.source.positions import whole_file
from engine.source.terminal import harmless

TEXTS = st.text(st.characters(exclude_categories=[]))


def test_the_words_of_a_page_stay_as_they_are() -> None:
    text = "Œuvre : « 1\u202f250,00\u00a0€ »\t→ ≥ 2 ½ · naïveté … 😄 :smile:\n"
    assert harmless(text) == text


def test_what_drives_a_terminal_is_written_out() -> None:
    text = "\x1b[2J\r\x07\x7f\x9b\u202e\u2066\ufeff\u200b\u2028\U000e0041\ud800"
    assert harmless(text) == (
        r"\u001b[2J\u000d\u0007\u007f\u009b\u202e\u2066\ufeff\u200b\u2028\udb40\udc41\ud800"
    )


@given(TEXTS)
@example("\x1b\x9b\u061c\u2069\U000110bd")
def test_nothing_that_drives_a_terminal_comes_out(text: str) -> None:
    categories = {unicodedata.category(one) for one in harmless(text) if one not in "\n\t"}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.recursive(TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_json_says_the_same(value: object) -> None:
    shown = json.dumps(value, ensure_ascii=False, indent=2)
    assert json.loads(harmless(shown)) == json.loads(shown)


def test_a_finding_is_one_line_whatever_the_name_of_its_file() -> None:
    found = more_findings("E103", 2, whole_file("a\nb.yaml:1:1: erreur E101: faux"))
    assert str(found).count("\n") == 1  # that of the hint
