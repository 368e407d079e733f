"""``reglo exporter-table`` and ``reglo importer-table``: rates through a spreadsheet, guarded."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.worksheet.worksheet import Worksheet

from engine.edition.new_version import all_targets
from engine.edition.table_export import has_sheet, sheet_of, workbook_of
from engine.edition.table_import import compare_workbook, plain_number
from engine.evaluation.law import corpus_folder, load_law
from engine.source.git import ask
from tests.ligne_de_commande.commande import Run, copied_rules, reglo

BOOK = Path("prix.xlsx")
CEILING = Path("regles/parametres/plafond_remise.yaml")
BREAD = Path("regles/textes/arrete-pain.yaml")
BY_LIBREOFFICE = Path(__file__).parent / "donnees" / "prix-libreoffice.xlsx"

Wrong = Callable[[Workbook], object]


def exported(*names: str, book: Path = BOOK) -> Run:
    run = reglo("--regles", "regles", "exporter-table", *names, book)
    assert run.code == 0, run.err
    return run


def imported(*words: str, book: Path = BOOK) -> Run:
    return reglo("--regles", "regles", "importer-table", book, "--oui", *words)


def edit(change: Wrong, book: Path = BOOK) -> None:
    opened = load_workbook(book)
    change(opened)
    opened.save(book)


def typed(**cells: object) -> Wrong:
    """Type values in cells of the first sheet: ``B10=1.2``."""

    def change(book: Workbook) -> None:
        for name, value in cells.items():
            cell = page(book)[name]
            assert isinstance(cell, BookCell)
            cell.value = value  # type: ignore[assignment] # whatever a person may type

    return change


def page(book: Workbook) -> Worksheet:
    return book.worksheets[0]


def line_of(part: str, file: Path = BREAD) -> int:
    return 1 + next(at for at, line in enumerate(file.read_text("utf-8").split("\n"))
                    if part in line)  # fmt: skip


def diff(shop: Path) -> list[str]:
    """The lines that git says were added or taken away."""
    told = ask(shop, "diff", "--unified=0").text
    return [one for one in told.splitlines()
            if one[:1] in "+-" and not one.startswith(("+++", "---"))]  # fmt: skip


# --- there and back


def test_every_table_and_parameter_of_the_rules_comes_back_unchanged() -> None:
    """Nothing that the sheets hold is told as changed, of any version of the whole corpus."""
    folder = corpus_folder(None)
    law, _ = load_law()
    assert law is not None
    texts = {
        f"regles/{path.relative_to(folder.rules).as_posix()}": path.read_text(encoding="utf-8")
        for path in sorted(folder.rules.rglob("*.yaml"))
    }
    chosen = [one for one in all_targets(law.corpus, texts) if has_sheet(one)]
    most = max(len(one.versions) for one in chosen)
    cells = 0
    for at in range(most):  # the first versions of all, then the second ones…
        sheets = [sheet_of(law.corpus, one, one.versions[at])
                  for one in chosen if len(one.versions) > at]  # fmt: skip
        cells += sum(line.value is not None for one in sheets for line in one.lines)
        found = compare_workbook(law.corpus, texts, "t.xlsx", workbook_of(sheets, "sha256:x"))
        assert (found.edits, found.kept, found.findings) == ([], 0, [])
    assert len(chosen) >= 70
    assert cells >= 200


def test_nothing_is_written_when_nothing_changed(shop: Path) -> None:
    exported("prix_a_la_piece", "prix_de_la_livraison", "plafond_remise")
    before = {path: path.read_bytes() for path in shop.rglob("*.yaml")}
    run = imported()
    assert (run.code, run.err) == (0, "")
    assert "Aucune case modifiée" in run.out
    assert {path: path.read_bytes() for path in shop.rglob("*.yaml")} == before


def test_one_cell_changes_one_scalar_and_its_comment_stays(shop: Path) -> None:
    text = BREAD.read_text(encoding="utf-8")
    commented = "- [pain, faux, 1.10]  # le pain"
    BREAD.write_text(text.replace("- [pain, faux, 1.10]", commented), encoding="utf-8")
    ask(shop, "commit", "--quiet", "-a", "-m", "un commentaire")
    exported("prix_a_la_piece")
    edit(typed(C10=1.15))
    place = line_of(commented)
    run = imported()
    assert run.code == 0, run.err
    # 1.15 / 1.10 = 1.0454…
    assert "C10 (Pain, non) : 1,10 €/pièce → 1,15 €/pièce (+ 4,55 %)" in run.out
    assert f"arrete-pain.yaml:{place}:26\n" in run.out
    assert BREAD.read_text(encoding="utf-8") == text.replace(
        "- [pain, faux, 1.10]", "- [pain, faux, 1.15]  # le pain"
    )


def test_the_ends_of_line_of_a_file_stay_what_they_are(shop: Path) -> None:
    before = CEILING.read_bytes().replace(b"\n", b"\r\n")
    CEILING.write_bytes(before)
    exported("plafond_remise")
    edit(typed(B10=52))
    assert imported().code == 0
    assert CEILING.read_bytes() == before.replace(b"valeur: 50,", b"valeur: 52,")
    assert shop.is_dir()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("layout", ["[$-40C]#,##0.00", '#,##0.00" [$€-40C]"', "General"])
def test_the_layout_of_a_french_spreadsheet_is_no_other_money(layout: str) -> None:
    exported("plafond_remise")

    def french(book: Workbook) -> None:
        typed(B10=52)(book)
        page(book)["B10"].number_format = layout

    edit(french)
    assert imported("--essai").code == 0


def test_a_source_is_written_between_quotes(shop: Path) -> None:
    exported("plafond_remise")
    edit(typed(B10=52, C10='j1, "p. 10"'))
    assert imported().code == 0
    rest = "verifie_le: 2024-05-02}"
    assert diff(shop) == [
        f'-      - {{depuis: 2010-01-01, valeur: 50, source: "j1, p. 9", {rest}',
        f'+      - {{depuis: 2010-01-01, valeur: 52, source: "j1, \\"p. 10\\"", {rest}',
    ]


def test_a_signed_version_is_corrected_knowingly(shop: Path) -> None:
    exported("plafond_remise")
    edit(typed(B10=52))
    run = imported("--essai")
    assert run.code == 0
    assert "corriger la version du 2010-01-01, déjà signée" in run.out
    assert "reglo nouvelle-version plafond_remise --depuis" in run.out
    assert diff(shop) == []
    words = ("--regles", "regles", "importer-table", BOOK)
    assert (reglo(*words, data="non\n").code, diff(shop)) == (1, [])
    assert reglo(*words, data="oui\n").code == 0
    assert len(diff(shop)) == 2


def test_a_draft_is_filled_and_says_what_is_left(shop: Path) -> None:
    reglo("--regles", "regles", "nouvelle-version", "plafond_remise", "--depuis", "2026-09-01",
          "--oui")  # fmt: skip
    assert "plafond_remise : projet du 2026-09-01, 1 ligne" in exported("plafond_remise").out
    edit(typed(B10="54,25 €"))
    run = imported()
    assert run.code == 0, run.err
    assert "a_remplir: [valeur, source]" in run.out
    assert "signée" not in run.out
    assert "valeur: 54.25, source" in CEILING.read_text(encoding="utf-8")
    assert len(diff(shop)) == 1


def test_the_version_in_force_on_a_day_may_be_corrected(shop: Path) -> None:
    exported("plafond_remise", "--date", "2005-06-01")
    edit(typed(B10=31))
    assert imported().code == 0
    assert [one[:49] for one in diff(shop)] == [
        "-      - {depuis: 2000-01-01, valeur: 30.50, sour",
        "+      - {depuis: 2000-01-01, valeur: 31, source:",
    ]


@pytest.mark.usefixtures("shop")
def test_a_program_reads_the_changes() -> None:
    exported("plafond_remise")
    edit(typed(B10=52))
    run = imported("--essai", "--format", "json")
    assert json.loads(run.out) == {
        "changements": [{
            "feuille": "plafond_remise", "cellule": "B10", "nom": "plafond_remise",
            "depuis": "2010-01-01", "cles": "Remise la plus grande", "avant": "50", "apres": "52",
            "evolution": "+ 4 %", "fichier": "regles/parametres/plafond_remise.yaml", "ligne": 7,
        }],
        "gardees": 0,
        "constats": [],
    }  # fmt: skip


# --- what a spreadsheet does to a number


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1,15", "1.15"),
        ("1.15", "1.15"),
        ("\u00a01,15\u202f€/pièce ", "1.15"),
        (1.1500000000000001, "1.15"),
        (1.1500000000000008, "1.15"),  # sixteen digits: the noise of a computation
        (1.2, "1.20"),
        (1, "1"),
    ],
)
def test_a_number_is_read_as_people_and_spreadsheets_write_it(
    shop: Path, value: object, written: str
) -> None:
    exported("prix_a_la_piece")
    edit(typed(C10=value))
    run = imported("--plausible")
    assert run.code == 0, run.err
    assert diff(shop)[1] == f"+          - [pain, faux, {written}]"


@pytest.mark.parametrize("value", ["1,10 €/pièce", "1.1", 1.1, "1,1"])
def test_the_same_value_written_otherwise_changes_nothing(shop: Path, value: object) -> None:
    exported("prix_a_la_piece")
    edit(typed(C10=value, B4=date(2000, 1, 1)))
    assert (imported().code, diff(shop)) == (0, [])


@pytest.mark.parametrize("day", ["2000-01-01", "01/01/2000", date(2000, 1, 1)])
def test_a_day_kept_in_another_form_is_the_same(shop: Path, day: object) -> None:
    exported("prix_a_la_piece")
    edit(typed(B4=day))
    assert (imported().code, diff(shop)) == (0, [])


def test_a_thousand_is_read_with_its_space(shop: Path) -> None:
    exported("plafond_remise")
    edit(typed(B10="1 250,50"))
    assert imported("--plausible").code == 0
    assert "valeur: 1250.50," in diff(shop)[1]


def test_the_noise_of_a_binary_number_is_dropped_and_no_digit_that_was_typed() -> None:
    assert plain_number("1308.7200000000003") == "1308.72"
    assert plain_number("0.30000000000000004") == "0.3"
    assert plain_number("1e-06") == "0.000001"
    assert plain_number("123456789.123456") == "123456789.123456"
    assert plain_number("1200") == "1200"


# --- ten ways of editing it wrongly, and others


def renamed(book: Workbook) -> None:
    page(book).title = "Feuil1"


def added_sheet(book: Workbook) -> None:
    book.create_sheet("brouillon")


def percent(book: Workbook) -> None:
    typed(C10=0.05)(book)
    page(book)["C10"].number_format = "0%"


def dollars(book: Workbook) -> None:
    typed(C10=1.2)(book)
    page(book)["C10"].number_format = '"$"#,##0.00'


def sorted_rows(book: Workbook) -> None:
    typed(B10="oui", B11="non", C10=1.45, C11=1.10)(book)


WRONG: dict[str, tuple[Wrong, str, str]] = {
    "key changed": (typed(A10="Pains"), "E566", "« Pain » est devenu « Pains »"),
    "key emptied": (typed(A10=None), "E566", "« Pain » est devenu «  »"),
    "row deleted": (lambda book: page(book).delete_rows(11), "E566",
                    "A11 : la ligne « Pain, oui » n'y est plus"),
    "row emptied": (typed(A11=None, B11=None, C11=None, D11=None), "E566",
                    "la ligne « Pain, oui » n'y est plus"),
    "row added": (typed(A15="Galette", B15="non", C15=2), "E566",
                  "A15 : la ligne « Galette, non » n'a pas été exportée"),
    "rows sorted": (sorted_rows, "E566", "ne sont plus dans l'ordre"),
    "unit mixed": (typed(C10="1,15 $"), "E567", "dans l'unité de la colonne"),
    "percent": (percent, "E567", "au format pourcentage"),
    "dollars": (dollars, "E567", "autre monnaie"),
    "unit of the heading": (typed(C9="Valeur ($)"), "E566",
                            "C9 : cette case ne se modifie pas"),
    "effective date": (typed(B4=date(2001, 1, 1)), "E566", "« 2000-01-01 »"),
    "text for a number": (typed(C10="environ un euro"), "E567", "pas un nombre"),
    "truth for a number": (typed(C10=True), "E567", "pas un nombre"),
    "extra column": (typed(E10="vu"), "E566", "E10 : « vu » est hors du tableau"),
    "formula": (typed(C10="=C11*2"), "E567", "une formule, « =C11*2 »"),
    "formula beside": (typed(F12="=SUM(C10:C14)"), "E566", "hors du tableau"),
    "merged cells": (lambda book: page(book).merge_cells("A10:A11"), "E566",
                     "A10:A11 sont fusionnées"),
    "wrong sheet": (renamed, "E559", "la feuille « prix_a_la_piece » n'y est plus"),
    "another sheet": (added_sheet, "E559", "« brouillon » ne vient pas de l'export"),
    "out of range": (typed(C10=-1), "E567", "négatif"),
    "implausible": (typed(C10=11), "E567", "1,10 €/pièce est devenu 11,00 €/pièce"),
    "too many decimals": (typed(C10=1.155), "E567", "1,155 a trop de décimales"),
    "emptied": (typed(C10=None), "E567", "elle est vide ; elle contenait « 1.10 »"),
    "blank": (typed(C10="  "), "E567", "elle est vide"),
    "date": (typed(C10=date(2026, 2, 1)), "E567", "une date, 2026-02-01"),
    "error": (typed(C10="#REF!"), "E567", "#REF!"),
    "locked value": (typed(C13=2), "E566", "« non calculable »"),
    "trace edited": (lambda book: book["reglo"].delete_rows(5), "E558", "modifiée"),
    "trace removed": (lambda book: book.remove(book["reglo"]), "E558",
                      "ne vient pas de « reglo exporter-table »"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_edit_is_refused_with_what_to_do(name: str, shop: Path) -> None:
    wrong, code, told = WRONG[name]
    exported("prix_a_la_piece")
    edit(wrong)
    run = imported()
    assert run.code == 1
    assert set(run.codes) == {code}
    assert told in run.err
    assert "prix.xlsx" in run.err
    assert re.search(r"^  conseil : .{10,}", run.err, re.MULTILINE)
    assert run.err.endswith("Rien n'est écrit.\n")
    assert diff(shop) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [(9, "la source « 9 »"), ("journal, p. 9", "aucun document déclaré"), (None, "vide"),
     (date(2026, 2, 1), "une date")],
)  # fmt: skip
def test_a_wrong_source_is_refused(shop: Path, value: object, told: str) -> None:
    exported("plafond_remise")
    edit(typed(C10=value))
    run = imported()
    assert (run.codes, told in run.err) == (["E567"], True)
    assert diff(shop) == []


def test_each_wrong_cell_is_told(shop: Path) -> None:
    exported("prix_a_la_piece")
    edit(typed(C10="x", C11=-1, C12="2 $"))
    assert imported().codes == ["E567"] * 3
    assert diff(shop) == []


def test_a_surprising_value_is_written_when_it_is_confirmed(shop: Path) -> None:
    exported("plafond_remise")
    edit(typed(B10=305))
    run = imported()
    assert run.codes == ["E567"]
    assert "W612, plafond_remise : 305,00 € depuis le 2010-01-01, après 30,50 €" in run.err
    assert "--plausible" in run.err
    assert diff(shop) == []
    assert imported("--plausible").code == 0
    assert "valeur: 305," in diff(shop)[1]


@pytest.mark.usefixtures("shop")
def test_what_is_not_a_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.xlsx").write_text("rien", encoding="utf-8")
    foreign = Workbook()
    foreign.save(tmp_path / "autre.xlsx")
    assert imported(book=tmp_path / "notes.xlsx").codes == ["E558"]
    assert imported(book=tmp_path / "autre.xlsx").codes == ["E558"]
    run = imported(book=tmp_path / "absent.xlsx")
    assert (run.code, "absent.xlsx » : fichier introuvable" in run.err) == (2, True)


@pytest.mark.usefixtures("shop")
def test_the_workbook_of_another_reglo_is_to_be_exported_again() -> None:
    exported("plafond_remise")

    def other(book: Workbook) -> None:
        book["reglo"]["B1"] = "2"

    edit(other)
    run = imported()
    assert run.codes == ["E558"]
    assert "exportez de nouveau" in run.err


# --- the rules have changed since


def changed_rules(old: str, new: str, file: Path = BREAD) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_what_changed_in_the_rules_only_is_kept(shop: Path) -> None:
    exported("prix_a_la_piece")
    changed_rules("[pain, vrai, 1.45]", "[pain, vrai, 1.50]")
    edit(typed(C10=1.15))
    run = imported()
    assert run.code == 0
    assert "1 case changée dans les règles depuis l'export" in run.out
    text = BREAD.read_text(encoding="utf-8")
    assert "[pain, faux, 1.15]" in text
    assert "[pain, vrai, 1.50]" in text
    assert shop.is_dir()


@pytest.mark.usefixtures("shop")
def test_the_same_change_on_both_sides_is_no_change() -> None:
    exported("prix_a_la_piece")
    changed_rules("[pain, vrai, 1.45]", "[pain, vrai, 1.50]")
    edit(typed(C11="1,5"))
    run = imported()
    assert (run.code, "Aucune case modifiée" in run.out) == (0, True)


def test_two_different_changes_are_a_conflict_at_both_places(shop: Path) -> None:
    exported("prix_a_la_piece")
    changed_rules("[pain, vrai, 1.45]", "[pain, vrai, 1.50]")
    ask(shop, "commit", "--quiet", "-a", "-m", "le pain")
    edit(typed(C10=1.15, C11=1.55))
    run = imported()
    assert run.codes == ["E568"]
    assert "« 1.45 » à l'export est devenu « 1.55 » dans le classeur et « 1.50 »" in run.err
    assert "cellule C11" in run.err
    assert f"arrete-pain.yaml:{line_of('[pain, vrai, 1.50]')}:26: « 1.50 »" in run.err
    assert diff(shop) == []


LEFT_BEHIND = {
    "a value that is no value any more": (
        "[pain, vrai, 1.45]", "[pain, vrai, {non_calculable: prix-galette}]",
        "E568", "« non calculable » dans les règles",
    ),
    "a row that is cut in two": (
        '          - [biscuit_de_troupe, "*", 0.30]\n',
        "          - [biscuit_de_troupe, vrai, 0.3]\n          - [biscuit_de_troupe, faux, 0.3]\n",
        "E560", "n'est plus dans les règles",
    ),
    "a version that begins on another day": (
        "- depuis: 2000-01-01\n        lignes:", "- depuis: 1999-12-31\n        lignes:",
        "E560", "la version de « arrete-pain.prix_a_la_piece » du 2000-01-01 n'est plus",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_an_export_that_the_rules_have_left_behind_is_refused(name: str, shop: Path) -> None:
    old, new, code, told = LEFT_BEHIND[name]
    exported("prix_a_la_piece")
    changed_rules(old, new)
    ask(shop, "commit", "--quiet", "-a", "-m", "la table")
    edit(typed(C11=1.55))
    run = imported()
    assert run.code == 1
    assert set(run.codes) == {code}
    assert told in run.err
    assert diff(shop) == []


def test_an_export_older_than_the_last_version_is_refused(shop: Path) -> None:
    exported("plafond_remise")
    reglo("--regles", "regles", "nouvelle-version", "plafond_remise", "--depuis", "2026-09-01",
          "--oui")  # fmt: skip
    ask(shop, "commit", "--quiet", "-a", "-m", "un projet")
    edit(typed(B10=52))
    run = imported()
    assert run.codes == ["E560"]
    assert "une version plus récente, du 2026-09-01" in run.err
    assert "--date 2010-01-01" in run.err
    assert diff(shop) == []


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "words",
    [("importer-table", BOOK), ("nouvelle-version", "plafond_remise", "--depuis", "2026-09-01")],
)
def test_the_rules_of_a_past_day_are_not_written(words: tuple[str | Path, ...]) -> None:
    exported("plafond_remise")
    run = reglo("--regles", "regles", "--connu-le", "2024-02-01", *words, "--oui")
    assert (run.code, "elles ne se modifient pas" in run.err) == (2, True)


def test_rules_that_would_not_load_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a published table gives back to the cent stops loading when a rate moves."""
    monkeypatch.chdir(tmp_path)  # by their path, the files that were read before are known
    rules = copied_rules(Path())
    book = tmp_path / "indice.xlsx"
    name = "indice_certifie_premier_echelon"
    words = ("--regles", rules)
    assert reglo(*words, "exporter-table", name, book).code == 0
    edit(typed(B10=396), book)
    before = {path: path.read_bytes() for path in rules.rglob("*.yaml")}
    run = reglo(*words, "importer-table", book, "--oui")
    assert run.code == 1
    assert "E407" in run.codes
    assert {path: path.read_bytes() for path in rules.rglob("*.yaml")} == before


# --- what is exported


@pytest.mark.usefixtures("shop")
def test_a_program_reads_what_was_exported() -> None:
    assert json.loads(exported("plafond_remise", "--format", "json").out) == {
        "classeur": "prix.xlsx",
        "feuilles": [{"feuille": "plafond_remise", "nom": "plafond_remise", "lignes": 1,
                      "depuis": "2010-01-01", "projet": False}],
    }  # fmt: skip


@pytest.mark.usefixtures("shop")
def test_only_values_and_the_source_may_be_edited() -> None:
    exported("prix_a_la_piece", "plafond_remise")
    book = load_workbook(BOOK)
    assert book.sheetnames == ["prix_a_la_piece", "plafond_remise", "reglo"]
    assert [one.sheet_state for one in book.worksheets] == ["visible", "visible", "veryHidden"]
    free = [cell.coordinate for row in page(book).iter_rows() for cell in row
            if isinstance(cell, BookCell) and not cell.protection.locked]  # fmt: skip
    assert free == ["C10", "C11", "C12", "C14"]  # C13 cannot be computed, the version has no source
    assert page(book).protection.sheet
    assert page(book)["C10"].number_format == "#,##0.00"
    rule = next(one for one in page(book).data_validations.dataValidation if "C10" in one.sqref)
    assert (rule.type, rule.operator, rule.formula1) == ("decimal", "greaterThanOrEqual", "0")
    assert rule.error == "Tapez un nombre seul, en prix (€/pièce), sans texte ni formule."


@pytest.mark.usefixtures("shop")
def test_a_sheet_says_what_it_is() -> None:
    exported("prix_de_la_livraison")
    shown = [[cell for cell in row if cell is not None]
             for row in page(load_workbook(BOOK)).iter_rows(values_only=True)]  # fmt: skip
    assert shown[0] == ["Prix de la livraison"]
    assert ["Unité", "euros (€), 2 décimales"] in shown
    assert ["État de la version", "signée"] in shown
    assert shown[8:] == [
        ["distance (km)", "Valeur (€)", "Source"],
        ["de 0 à moins de 5", 0, "j1, p. 11"],
        ["de 5 à 20", 7.5, "la même"],
        ["plus de 20", 15, "la même"],
    ]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("plafond_remis", "a.xlsx"), 1, "« plafond_remise »"),
        (("remise", "a.xlsx"), 1, "E554"),
        (("plafond_remise",), 2, "NOM"),
        (("plafond_remise", "seuil_foire"), 2, "le dernier argument est le classeur"),
        (("plafond_remise", "a.xlsx", "--date", "1990-01-01"), 2, "aucune version en vigueur"),
        (("plafond_remise", "commande.xlsx"), 2, "--remplacer"),
    ],
)
def test_what_cannot_be_exported_is_told(
    shop: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    (shop / "commande.xlsx").touch()
    run = reglo("--regles", "regles", "exporter-table", *words)
    assert (run.code, told in run.err) == (code, True)
    assert not (shop / "a.xlsx").exists()


@pytest.mark.usefixtures("shop")
def test_a_workbook_is_replaced_when_it_is_asked_for() -> None:
    exported("plafond_remise")
    exported("seuil_foire", "--remplacer")
    assert load_workbook(BOOK).sheetnames[0] == "seuil_foire"


# --- LibreOffice


def test_a_workbook_edited_by_libreoffice_is_read(shop: Path) -> None:
    """What was typed is in donnees/LISEZ-MOI.md: comma, text, computed number, day as a text."""
    shutil.copy(BY_LIBREOFFICE, BOOK)
    run = imported()
    assert run.code == 0, run.err
    assert diff(shop) == [
        '-      - {depuis: 2010-01-01, valeur: 50, source: "j1, p. 9", verifie_le: 2024-05-02}',
        '+      - {depuis: 2010-01-01, valeur: 51.30, source: "j1, p. 9", verifie_le: 2024-05-02}',
        "-          - [pain, faux, 1.10]",
        "-          - [pain, vrai, 1.45]",
        "+          - [pain, faux, 1.15]",
        "+          - [pain, vrai, 1.50]",
        '-        source: "j1, p. 11"',
        '+        source: "j1, p. 12"',
        "-          - [[5, 20], 7.50]",
        "+          - [[5, 20], 7.75]",
    ]
