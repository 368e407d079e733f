"""A report is one answer: the terminal, the page and the workbook say the same values."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest
from openpyxl import load_workbook

from engine.reponse.book import write_report
from engine.reponse.page import report_page
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence, Shown, Tree
from engine.reponse.terminal import print_report
from engine.reponse.text import report_lines, styled_lines

BREAD = "un pain de campagne au levain, cuit au feu de bois, tranché sur demande au comptoir"
COLUMNS = [
    ListColumn("code", "Code", "code"),
    ListColumn("libelle", "Libellé"),
    ListColumn("nombre", "Nombre", "bar"),
    ListColumn("prix", "Prix", "number", 2, "€"),
    ListColumn("ecart", "Écart", "move", 2, "€"),
    ListColumn("exact", None),
]
ROWS: list[list[object]] = [
    ["pain", BREAD, 4, Fraction(1234567), Fraction(-1, 2), "-1/2"],
    ["=1+1", Shown("b", "<b>", "c1", "« b »"), 2, None, Fraction(0), "0"],
]


def bread(**words: object) -> Listing:
    return Listing("Pains", COLUMNS, ROWS, **words)  # type: ignore[arg-type]


def told(listing: Listing, width: int | None = None) -> list[str]:
    return list(report_lines(Report("", [listing]), width))


def test_columns_are_set_under_their_heads_and_the_title_is_the_first() -> None:
    head, first, second = told(bread())
    assert head.split() == ["Pains", "Libellé", "Nombre", "Prix", "Écart"]
    assert first.endswith(f"{BREAD}       4  1\u202f234\u202f567,00 €  - 0,50 €")
    assert second.split() == ["=1+1", "<b>", "2", "—", "0,00", "€"]
    assert head.index("Libellé") == first.index(BREAD) == second.index("<b>")


def test_a_narrow_terminal_folds_a_text_and_never_an_amount() -> None:
    lines = told(bread(), 70)
    assert max(map(len, lines)) <= 70
    assert sum("1\u202f234\u202f567,00 €" in line for line in lines) == 1
    begin, end = lines[0].index("Libellé"), lines[0].index("Nombre")
    assert " ".join(line[begin:end] for line in lines[1:-1]).split() == BREAD.split()


def test_what_is_folded_keeps_its_margin_and_its_style() -> None:
    columns = [ListColumn("", "Pain"), ListColumn("", "", "code")]
    listing = Listing("Pains", columns, [[BREAD, Shown("! alerte", tone="alerte")]])
    head, first, *rest = styled_lines(Report("", [listing]), 40)
    assert {style for piece, style in head if piece.strip()} == {"bold"}
    assert ("! alerte", "yellow") in first
    assert all("".join(piece for piece, _ in line).startswith("  ") for line in rest)


def test_a_listing_too_wide_for_columns_is_one_line_per_value() -> None:
    lines = told(bread(), 30)
    assert lines[0] == "Pains"
    assert lines[1:6] == [
        "  Code : pain", f"  Libellé : {BREAD}", "  Nombre : 4",
        "  Prix : 1\u202f234\u202f567,00 €", "  Écart : - 0,50 €",
    ]  # fmt: skip
    assert lines[6] == ""


def test_what_is_left_out_is_told() -> None:
    assert told(bread(limit=1))[2:] == ["  … et 1 autre (--complet les montre)"]
    assert told(bread(words=["a", "b"], limit=1, rest="… et 1 autre", notes=["fin"])) == [
        "Pains :", "  a", "  … et 1 autre", "  fin",
    ]  # fmt: skip
    assert "… et 1" not in "".join(told(bread(limit=2)))


def test_parts_are_set_apart_but_for_what_stands_under_a_heading() -> None:
    parts: list[Block] = [Sentence("a\nb"), Heading("titre"), Sentence("c"), Sentence("d")]
    assert list(report_lines(Report("", parts), None)) == ["a", "b", "", "titre", "c", "", "d"]


def test_a_tree_is_drawn_and_folded_beside_its_branches() -> None:
    below = [Tree("pain", children=[Tree("farine")]), Tree(BREAD)]
    tree = Tree("prix = ", "2 €", "   prix", ["= 1 + 1"], below)
    lines = list(report_lines(Report("", [tree]), 40))
    assert lines[:4] == ["prix = 2 €   prix", "= 1 + 1", "├── pain", "│   └── farine"]
    assert lines[4].startswith("└── un pain")
    assert max(map(len, lines)) <= 40
    assert " ".join(line[4:].strip() for line in lines[4:]) == BREAD
    page = report_page(Report("", [tree]))
    assert page.count("<details open>") == 4
    assert "prix = <b>2 €</b><small>   prix</small>\n= 1 + 1</summary>" in page
    first = next(iter(styled_lines(Report("", [tree]), 40)))
    assert first == [("prix = ", ""), ("2 €", "bold"), ("   prix", "dim")]


def test_a_text_of_a_record_stays_on_its_line() -> None:
    (_, line) = told(Listing("T", [ListColumn("", "C")], [["a\nb\x1b[31m"]]))
    assert line == "  a\\u000ab\\u001b[31m"


def test_what_a_terminal_shows_never_drives_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(Report("", [Sentence("\x1b[31mrouge"), Tree("a = ", "\x1b[0m")]))
    assert capsys.readouterr().out == "\\u001b[31mrouge\n\na = \\u001b[0m\n"


def test_json_has_the_keys_of_the_columns_and_exact_texts() -> None:
    assert bread().json() == [
        {"code": "pain", "libelle": BREAD, "nombre": 4, "prix": "1234567.00", "ecart": "-0.50",
         "exact": "-1/2"},
        {"code": "=1+1", "libelle": "b", "nombre": 2, "prix": None, "ecart": "0.00", "exact": "0"},
    ]  # fmt: skip


def test_a_page_holds_no_script_and_escapes_what_it_is_given() -> None:
    page = report_page(Report("<Pains>", [Sentence("a < b"), bread(folded=True)]))
    assert "&lt;Pains&gt;" in page
    assert '<td class="c1" title="« b »">&lt;b&gt;</td>' in page
    assert '<meter max="4" value="2">' in page
    assert "<summary>Pains</summary>" in page
    assert not any(one in page for one in ("<script", "http", "style=", "<b>"))


def test_a_page_folds_a_text_of_several_lines_and_cuts_what_a_workbook_holds() -> None:
    rows: list[list[object]] = [["premier\nsecond"]] * 501
    columns = [ListColumn("", "Texte")]
    page = report_page(Report("T", [Listing("T", columns, rows, sheet="Feuille")]))
    assert page.count("<summary>premier</summary><p>second</p>") == 500
    assert "Les 500 premières lignes, sur 501." in page
    assert report_page(Report("T", [Listing("T", columns, rows)])).count("<summary>") == 501


def test_a_workbook_has_a_first_sheet_then_one_for_each_listing() -> None:
    target = io.BytesIO()
    more = Listing("", [ListColumn("", "Jour"), ListColumn("", "Vrai")], [[date(2024, 9, 2), True]],
                   sheet="Jours")  # fmt: skip
    write_report(Report("Le fournil", [Sentence("a\nb"), bread(), bread(sheet="Pains")]), target,
                 [more])  # fmt: skip
    book = load_workbook(target)
    assert book.sheetnames == ["Synthèse", "Pains", "Jours"]
    first = [row[0] for row in book["Synthèse"].iter_rows(values_only=True)]
    assert first == ["Le fournil", None, "a", "b", None, "Pains", "pain", "=1+1"]
    heads, row, formula = book["Pains"].iter_rows()
    assert [cell.value for cell in heads] == ["Code", "Libellé", "Nombre", "Prix (€)", "Écart (€)"]
    assert [cell.value for cell in row][2:] == [4, 1234567, -0.5]
    assert "[Red]" in row[4].number_format
    assert (formula[0].value, formula[0].data_type, formula[3].value) == ("=1+1", "s", None)
    assert [cell.value for cell in book["Jours"][2]][1] == "oui"


def test_rows_are_written_as_they_come_and_a_failure_closes_the_sheets() -> None:
    def rows() -> Iterator[list[object]]:
        yield ["pain"]
        raise OSError(28, "plus de place")

    with pytest.raises(OSError, match="place"):
        write_report(Report("", []), io.BytesIO(), [Listing("", COLUMNS[:1], rows(), sheet="T")])


def test_a_sentence_too_long_goes_on_below_and_no_sign_is_left_alone() -> None:
    said = Report("", [Sentence("  un mot assez long : « oui »")])
    assert list(report_lines(said, 20)) == ["  un mot assez", "    long : « oui »"]
    assert list(report_lines(said, None)) == ["  un mot assez long : « oui »"]


def test_a_heading_is_folded_before_a_table_turns() -> None:
    columns = [ListColumn("", "dossier", "code"), ListColumn("", "sous_service (h)", "number")]
    told = Report("", [Listing("", columns, [["D-1", Fraction(1)]])])
    assert list(report_lines(told, 17)) == [
        "            sous_",
        "          service",
        "dossier       (h)",
        "D-1          1,00",
    ]
    assert list(report_lines(told, 10)) == ["dossier : D-1", "sous_service (h) : 1,00"]
