"""What changes in the past is told at its line, beside the reference branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.langage.shop import git, make_shop
from tests.ligne_de_commande.commande import reglo

CEILING = "regles/parametres/plafond_remise.yaml"
BREAD = "regles/textes/arrete-pain.yaml"
FIFTY = "{depuis: 2010-01-01, valeur: 50, "
SIGNED = "statut: signee, signe_le: 2009-12-01, signe_par: A. Roux, "
WAYS_OUT = (
    "une valeur nouvelle s'écrit dans une version de plus, depuis son jour d'effet",
    "si c'est une correction, dites pourquoi : `justifie: [{constat: W626, le: …, raison: …}]`",
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bakery at work on a branch, its reference being « main »."""
    folder = tmp_path / "boutique"
    make_shop(folder)
    git(folder, "branch", "-M", "main")
    git(folder, "switch", "--quiet", "-c", "rentree")
    monkeypatch.chdir(folder)
    return folder


def edited(file: str, before: str, after: str) -> int:
    """Edit a file; the line where the new text begins."""
    path = Path(file)
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")
    return text[: text.index(before)].count("\n") + 1


def told(*words: str) -> list[str]:
    """The lines that say W626, without their way out."""
    run = reglo("--projets", "--regles", "regles", "valider", "--date", "2026-11-30", *words)
    lines = run.err.splitlines()
    for at, line in enumerate(lines):
        if "W626" in line and "conseil" not in line:
            assert tuple(one.removeprefix("  conseil : ") for one in lines[at + 1 : at + 3]) == (
                WAYS_OUT
            )
    return [one for one in lines if " W626: " in one]


@pytest.mark.usefixtures("shop")
def test_a_value_in_force_that_is_rewritten_is_told_until_it_is_justified() -> None:
    line = edited(CEILING, FIFTY, "{depuis: 2010-01-01, valeur: 60, ")
    said = (
        f"{CEILING}:{line}:38: avertissement W626: « plafond_remise » : le passé change : "
        "version du 2010-01-01, 50,00 € devient 60,00 € (comparé à main)"
    )
    assert told() == [said]
    git(Path(), "commit", "--quiet", "-am", "une correction")
    assert told() == [said]
    why = "justifie: [{constat: W626, le: 2026-11-30, raison: relu dans la source}], "
    edited(CEILING, "valeur: 60, ", f"valeur: 60, {why}")
    assert told() == []
    git(Path(), "commit", "--quiet", "-am", "justifiée")
    git(Path(), "switch", "--quiet", "main")
    git(Path(), "merge", "--quiet", "rentree")
    assert told() == []


@pytest.mark.usefixtures("shop")
def test_a_signature_is_named() -> None:
    edited(CEILING, FIFTY, FIFTY + SIGNED)
    git(Path(), "commit", "--quiet", "-am", "signée")
    git(Path(), "branch", "--force", "main")
    line = edited(CEILING, "valeur: 50, ", "valeur: 60, ")
    assert told() == [
        (
            f"{CEILING}:{line}:38: avertissement W626: « plafond_remise » : le passé change : "
            "version du 2010-01-01, 50,00 € devient 60,00 € (comparé à main) ; "
            "elle est signée par A. Roux le 2009-12-01"
        )
    ]


@pytest.mark.parametrize(
    ("file", "edit", "place", "words"),
    [
        (CEILING, (f'      - {FIFTY}source: "j1, p. 9", verifie_le: 2024-05-02}}\n', ""), "7:9",
         "« plafond_remise » : le passé change : la version du 2010-01-01 n'est plus là"),
        (CEILING, ("2010-01-01", "2011-01-01"), "7:18",
         ("« plafond_remise » : le passé change : la version du 2011-01-01 "
         "est ajoutée, ni projet ni signée")),
        (BREAD, ("- [pain, faux, 1.10]", "- [pain, faux, 1.21]"), ":13",
         ("« prix_a_la_piece » : le passé change : version du 2000-01-01, "
         "ligne Pain, non : 1,10 €/pièce devient 1,21 €/pièce")),
        (BREAD, ('- ["[0, 5[", 0]\n', '- ["[0, 4[", 0]\n          - ["[4, 5[", 1]\n'), ":13",
         ("« prix_de_la_livraison » : le passé change : version du 2015-01-01, "
         "ligne ajoutée de 4 à moins de 5 : 1,00 €")),
        (BREAD, ("alors: 0.2,", "alors: 0.3,"), "",
         ("« arrete-pain.taux_remise » : le passé change : version du 2000-01-01, "
         "0,2 devient 0,3")),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("shop")
def test_every_way_of_changing_the_past_is_told(
    file: str, edit: tuple[str, str], place: str, words: str
) -> None:
    edited(file, *edit)
    found = told()
    assert any(f": avertissement W626: {words} (comparé à main)" in one for one in found), found
    assert any(f"{place}: avertissement" in one for one in found), found


@pytest.mark.usefixtures("shop")
def test_what_is_signed_a_draft_or_to_come_does_not_change_the_past() -> None:
    new = '{{depuis: {}, valeur: 55, source: "j1, p. 10", {}}}\n  - '
    for since, state in (
        ("2026-09-01", "statut: projet"),
        ("2026-09-01", "statut: signee, signe_le: 2026-10-01, signe_par: A. Roux"),
        ("2027-09-01", "statut: projet"),
    ):
        edited(CEILING, FIFTY, new.format(since, state) + FIFTY)
        assert told() == []
        git(Path(), "checkout", "--quiet", CEILING)


def test_without_a_reference_it_is_said_that_the_past_is_not_compared(shop: Path) -> None:
    def summary() -> str:
        return reglo("--regles", "regles", "valider").out

    assert "passé comparé à main" in summary()
    git(shop, "branch", "-D", "main")
    edited(CEILING, FIFTY, "{depuis: 2010-01-01, valeur: 60, ")
    assert "passé non comparé (aucune branche main)" in summary()
    assert told() == []


def test_a_clone_without_the_branch_is_compared_with_that_of_its_origin(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(shop, "clone", "--quiet", ".", "../copie")
    monkeypatch.chdir(shop.parent / "copie")
    edited(CEILING, FIFTY, "{depuis: 2010-01-01, valeur: 60, ")
    (said,) = told()
    assert "(comparé à origin/main)" in said
