"""What is said of a situation, beside what reading a record reports."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.dossiers.values import IDENTIFIER, exact_text, in_words
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span
from tests.dossiers.samples import MODEL

HERE = Span("essai.yaml", 3, 5, 3, 9)
FIRST = Span("essai.yaml", 1, 1, 1, 4)
SECOND = Span("essai.yaml", 2, 1, 2, 4)


@pytest.mark.parametrize(
    ("code", "finding", "said"),
    [
        ("E506", say("E506", HERE, manquants=("a", "b"), resultats="prime"), "« a », « b »"),
        ("E507", say("E507", HERE, manquants="l'arrêté", resultats="prime"), "il manque l'arrêté"),
        ("E508", say("E508", HERE, FIRST, SECOND, nom="prime"), "second cas"),
        ("E509", say("E509", HERE, nom="prime"), "aucun cas"),
        (
            "E511",
            say(
                "E511", HERE, nom="prim", proches=suggestion("prim", ("prime",), "résultats connus")
            ),
            "vouliez-vous dire « prime »",
        ),
        (
            "E512",
            say(
                "E512", HERE, nom="lare", proches=suggestion("lare", ("large",), "lectures connues")
            ),
            "dire « large »",
        ),
        (
            "E513",
            say("E513", HERE, dossier="D-2", proches=suggestion("D-2", ("D-1",), "dossiers lus")),
            "introuvable : « D-2 »",
        ),
    ],
)
def test_a_finding_names_its_code_its_place_and_what_is_wrong(
    code: str, finding: Diagnostic, said: str
) -> None:
    text = str(finding)
    assert text.startswith(f"essai.yaml:3:5: erreur {code}: ")
    assert said in text


def test_both_cases_of_a_conflict_are_shown() -> None:
    finding = say("E508", HERE, FIRST, SECOND, nom="prime")
    assert [span for span, _ in finding.labels] == [FIRST, SECOND]


def test_names_unlike_any_other_are_listed_when_they_are_few() -> None:
    assert say(
        "E513", HERE, dossier="X", proches=suggestion("X", ("D-1", "D-2"), "dossiers lus")
    ).hints == ("dossiers lus : « D-1 », « D-2 »",)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("^[0-9]{7}[A-Z]$", "7 chiffres, une lettre majuscule"),
        ("^[0-9]{4}-[0-9]{4}$", "4 chiffres, « - », 4 chiffres"),
        ("^[a-z]$", "une lettre minuscule"),
        (IDENTIFIER, "lettres, chiffres et signes visibles ; une espace seule entre deux mots"),
        ("^(a|b)$", "^(a|b)$"),
        ("^[0-9]x[0-9]$", "^[0-9]x[0-9]$"),
    ],
)
def test_a_simple_pattern_is_said_in_words_and_another_is_shown(pattern: str, words: str) -> None:
    assert in_words(pattern) == words


def test_a_bound_is_shown_as_it_is_written() -> None:
    assert [exact_text(bound) for bound in (Fraction(40), Fraction(1, 4))] == ["40", "0.25"]


def test_the_form_of_an_identifier_is_that_of_the_schema() -> None:
    assert MODEL.role("identifiant").pattern == IDENTIFIER
