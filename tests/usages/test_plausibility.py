"""Dated values that are possible and surprising: each fault is told once, by the words that fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.edition.plausibility import plausibility
from engine.evaluation.law import load_law
from engine.langage.corpus import Corpus
from tests.evaluation.kitchen import law, used
from tests.ligne_de_commande.commande import copied_rules, reglo

DAYS = ("2001-01-01", "2005-01-01", "2010-01-01", "2015-01-01")


def parameter(values: tuple[str, ...], head: str, unit: str) -> str:
    """A parameter « essai » whose values follow one another on ``DAYS``."""
    dated = "".join(
        f'      - {{depuis: {day}, source: "j1", {value}}}\n'
        for day, value in zip(DAYS, values, strict=False)
    )
    return (
        f"---\nparametres:\n  essai:\n    libelle: Essai\n    unite: {unit}\n    {head}valeurs:\n"
        '      - {depuis: 2000-01-01, non_calculable: prix-galette, source: "j1"}\n' + dated
    )


def corpus(*values: str, head: str = "", unit: str = "euros") -> Corpus:
    written = tuple(one if ":" in one else f"valeur: {one}" for one in values)
    return law("", used("essai") + parameter(written, head, unit)).corpus


def told(*values: str, head: str = "", unit: str = "euros") -> list[tuple[str, str]]:
    """The code and the words said of the values of « essai »."""
    found = plausibility(corpus(*values, head=head, unit=unit)).findings
    return [(str(one.code), one.message) for one in found if one.message.startswith("essai")]


AFTER = "essai : {} depuis le 2005-01-01, après {} depuis le 2001-01-01 : {}"


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("1000", "1101", "W611", ("1 101,00 €", "1 000,00 €", "+ 10,1 %, au-delà de 10 %")),
        ("1000", "899", "W611", ("899,00 €", "1 000,00 €", "- 10,1 %, au-delà de 10 %")),
        ("1256", "2550", "W611", ("2 550,00 €", "1 256,00 €", "+ 103,03 %, au-delà de 10 %")),
        ("12.50", "127", "W612",
         ("127,00 €", "12,50 €", "environ 10 fois plus, virgule déplacée ?")),
        ("2550", "25.50", "W612",
         ("25,50 €", "2 550,00 €", "environ 100 fois moins, virgule déplacée ?")),
        ("1218.96", "1281.96", "W613",
         ("1 281,96 €", "1 218,96 €", "les mêmes chiffres, deux d'entre eux échangés ?")),
    ],
)  # fmt: skip
def test_a_surprising_value_is_told_once_with_its_figures(
    old: str, new: str, code: str, words: tuple[str, str, str]
) -> None:
    ((found, message),) = told(old, new)
    assert (found, message.replace("\N{NARROW NO-BREAK SPACE}", " ")) == (
        code, AFTER.format(*words),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [("1000", "1100"), ("1000", "900"), ("1256", "1256"), ("1218.96", "1237.24"), ("0", "500")],
)
def test_a_usual_value_surprises_nobody(old: str, new: str) -> None:
    assert told(old, new) == []


def test_a_value_that_was_left_and_comes_back_is_told() -> None:
    assert [code for code, _ in told("100", "105", "100")] == ["W615"]
    assert told("100", "105", "105", "110") == []


@pytest.mark.parametrize(("value", "share"), [("75", "0.75"), ("10", "0.1"), ("5", "0.05")])
def test_a_share_typed_in_hundredths_is_told(value: str, share: str) -> None:
    asked = corpus(value, unit="ratio")
    (found,) = [one for one in plausibility(asked).findings if one.message.startswith("essai")]
    assert (str(found.code), found.message) == (
        "W629", f"essai : {value}, pour un nombre sans unité ; des pour cent ?",
    )  # fmt: skip
    assert found.hints[0].startswith(f"écrivez {share} pour {value} %, ou ")
    assert told("2", unit="ratio") == []
    assert told(value, unit="euros") == []


def test_a_value_with_more_decimals_than_its_unit_is_told() -> None:
    words = "essai : 12,345 a plus de 2 décimales, celles de l'unité euros"
    assert told("12.345") == [("W614", words)]
    assert told("12.34") == []


def test_a_value_that_should_follow_another_is_compared_with_it() -> None:
    """« plafond_remise » goes from 30.50 to 50 euros in 2010: + 63.9 %."""
    head = "suit: plafond_remise\n    "
    follows = told("10", "10", "16.39", head=head)
    assert follows == []
    ((code, words),) = told("10", "10", "10.50", head=head)
    assert code == "W618"
    assert words.endswith(": + 5 %, quand plafond_remise change de + 63,93 %")


def test_what_follows_nothing_that_exists_is_an_error() -> None:
    with pytest.raises(AssertionError, match="E201: nom inconnu : paramètre « plafond_remize »"):
        corpus("10", head="suit: plafond_remize\n    ")


def test_a_dated_reason_silences_one_finding_and_no_other() -> None:
    why = "justifie: [{constat: W611, le: 2005-01-02, raison: arrêté du 1er janvier 2005}]"
    assert told("1000", f"valeur: 2000, {why}") == []
    other = why.replace("W611", "W612")
    assert [code for code, _ in told("1000", f"valeur: 2000, {other}")] == ["W611", "W619"]
    assert [code for code, _ in told("1000", f"valeur: 1010, {why}")] == ["W619"]


# --- tables

ROWS = ("[0, 10[", "[10, 20[", "[20, 30[", "[30, 40[", "[40, ->[")


def table(*versions: tuple[str, ...]) -> list[tuple[str, str]]:
    """What is said of a table of five rows, a version for each tuple of values."""
    dated = ""
    for day, values in zip(DAYS, versions, strict=False):
        rows = "".join(f'          - ["{row}", {value}]\n'
                       for row, value in zip(ROWS, values, strict=True))  # fmt: skip
        dated += f"      - depuis: {day}\n        lignes:\n{rows}"
    rules = (
        "  essai: {libelle: Essai, unite: euros, article: '1', versions: "
        f"[{{depuis: {DAYS[0]}, table: tarif, avec: {{n: requis(distance)}}}}]}}\n"
        "tables:\n  tarif:\n    libelle: Tarif\n    unite: euros\n    article: '1'\n"
        f"    cles: {{n: km}}\n    versions:\n{dated}"
    )
    later = used("essai").replace("depuis: 2000-01-01", f"depuis: {DAYS[0]}")
    found = plausibility(law(rules, later).corpus).findings
    return [(str(one.code), one.message) for one in found if one.message.startswith("tarif")]


def test_a_row_forgotten_by_a_revaluation_is_told() -> None:
    old = ("1", "2", "3", "4", "5")
    assert table(old, ("1.05", "2.10", "3.15", "4.20", "5.25")) == []
    ((code, words),) = table(old, ("1.05", "2.10", "3", "4.20", "5.25"))
    assert code == "W616"
    assert words.startswith("tarif, ligne « 3 » : 3,00 € depuis le 2005-01-01, après 3,00 €")
    assert "quand 4 autres lignes changent" in words


def test_a_row_raised_like_no_other_is_told() -> None:
    old = ("1", "2", "3", "4", "5")
    ((code, words),) = table(old, ("1.05", "2.10", "3.45", "4.20", "5.25"))
    assert code == "W617"
    assert words.endswith("+ 15 %, quand les autres lignes changent d'environ + 5 %")


def test_a_mistyped_row_is_told_as_what_it_is() -> None:
    ((code, _),) = table(("1", "2", "3", "4", "5"), ("1.05", "2.10", "31.50", "4.20", "5.25"))
    assert code == "W612"


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 90), st.lists(st.integers(100, 99_999), min_size=5, max_size=5))
def test_the_same_modest_raise_everywhere_surprises_nobody(
    thousandths: int, cents: list[int]
) -> None:
    written = tuple(f"{one // 100}.{one % 100:02}" for one in cents)
    raised = tuple(one * (1000 + thousandths) // 1000 for one in cents)
    found = table(written, tuple(f"{one // 100}.{one % 100:02}" for one in raised))
    assert [code for code, _ in found if code in ("W611", "W617", "W618")] == []


# --- the law itself, and the command


def test_nothing_in_the_law_surprises_without_a_reason() -> None:
    found, _ = load_law()
    assert found is not None
    looked = plausibility(found.corpus)
    assert looked.values > 180
    assert looked.findings == ()


def test_the_command_tells_a_wrong_edit_at_its_line(tmp_path: Path) -> None:
    rules = copied_rules(tmp_path)
    file = rules / "parametres" / "indices.yaml"
    text = file.read_text(encoding="utf-8").replace("valeur: 58.2004", "valeur: 85.2004")
    file.write_text(text, encoding="utf-8")
    quiet = reglo("valider", rules, "--sans-plausibilite")
    assert (quiet.code, quiet.codes) == (0, [])
    run = reglo("valider", rules)
    line = text[: text.index("85.2004")].count("\n") + 1
    assert run.code == 1
    assert f"{file.as_posix()}:{line}:38: avertissement W611: valeur_du_point" in run.err
    assert "constats de vraisemblance" in run.out
    assert '"ruleId": "W611"' in reglo("valider", rules, "--format", "sarif").out
