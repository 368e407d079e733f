"""A published table is computed again, and one wrong cent refuses the whole corpus."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.law import load_law
from engine.evaluation.publications import check_publications
from tests.evaluation.kitchen import law
from tests.langage.bakery import CORPUS, check, sound_files

NAME = "publications/remises.yaml"
SOUND = sound_files()[NAME].decode()


def test_every_printed_cell_is_compared_and_an_empty_one_is_not() -> None:
    findings, cells = check_publications(law().corpus)
    assert findings == ()
    assert cells == 7


def test_one_wrong_cent_is_shown_at_its_cell_and_refuses_the_corpus(tmp_path: Path) -> None:
    shutil.copytree(CORPUS, tmp_path / "corpus")
    path = tmp_path / "corpus" / "regles" / NAME
    path.write_text(SOUND.replace("5.01]", "5.02]"), encoding="utf-8")
    applied, findings = load_law(tmp_path / "corpus" / "regles")
    assert applied is None
    (found,) = findings
    assert found.code == "E407"
    assert found.message == "« remise » : 5,02 publié (j1, p. 10), 5,01 € calculé"
    assert found.span.file == path.as_posix()
    line = SOUND.split("\n")[found.span.line - 1]
    assert line[found.span.column - 1 : found.span.end_column - 1] == "5.01"


@given(st.integers(-1000, 1000).filter(bool))
def test_any_other_amount_is_refused(cents: int) -> None:
    printed = float_free(Fraction(501, 100) + Fraction(cents, 100))
    corpus, findings = check({NAME: SOUND.replace("5.01]", f"{printed}]")})
    assert corpus is None
    assert [one.code for one in findings] == ["E407"]


def float_free(amount: Fraction) -> str:
    cents = amount * 100
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents.numerator) // 100}.{abs(cents.numerator) % 100:02}"


@pytest.mark.parametrize("cell", ["5.010", "5.01"])
def test_an_amount_is_compared_by_its_value_and_not_by_its_writing(cell: str) -> None:
    _, findings = check({NAME: SOUND.replace("5.01]", f"{cell}]")})
    assert findings == ()


def test_what_cannot_be_computed_differs_from_what_is_printed() -> None:
    table = SOUND.replace("verifie: [taux_remise, remise]", "verifie: [taux_remise, total]")
    _, findings = check({NAME: table.replace("2012-06-01", "2016-06-01")})
    assert {one.code for one in findings} == {"E407"}
    assert all("non calculable calculé" in one.message for one in findings)
