"""What a finding shows besides its line: the column, the other places, the ways out."""

from __future__ import annotations

from engine.source.diagnostics import Diagnostic
from tests.langage.bakery import findings_of, sound_files

HEAD = """\
texte: essai
intitule: Essai
nature: usage
date: 2000-01-01
source: "j1"
"""
NEW = "textes/zz.yaml"


def only(body: str) -> Diagnostic:
    """The finding on a text added to the corpus, in which nothing uses what is added."""
    findings = findings_of({NEW: HEAD + body})
    (found,) = [one for one in findings if one.code != "E210"]
    return found


def marked(body: str, part: str) -> tuple[int, int]:
    """The columns where ``part`` begins and where what follows it begins."""
    (line,) = [line for line in body.split("\n") if part in line]
    start = line.index(part) + 1
    return start, start + len(part)


def rule(body: str, *, name: str = "essai", unit: str = "pieces") -> str:
    return f"""\
  {name}:
    libelle: Essai
    unite: {unit}
    article: "1"
    versions:
{body}
"""


def valued(value: str) -> str:
    return "regles:\n" + rule(f"      - {{depuis: 2000-01-01, valeur: {value}}}")


def labels(found: Diagnostic) -> list[tuple[str, int, str]]:
    return [(span.file, span.line, words) for span, words in found.labels]


def test_an_unknown_name_is_shown_at_its_column_with_the_nearest_one() -> None:
    body = valued("douzaines + piece_ * 2")
    found = only(body)
    assert (found.code, found.span.line) == ("E201", 12)
    assert (found.span.column, found.span.end_column) == marked(body, "piece_")
    assert found.hints[0] == "vouliez-vous dire « pieces » ?"


def test_a_name_like_no_other_has_no_suggestion() -> None:
    assert only(valued("zzyzx")).hints == ()


def test_the_column_is_right_in_a_quoted_expression_with_accents() -> None:
    body = valued('"(si categorie = été alors 1 sinon piece_)"')
    found = only(body)
    assert (found.span.column, found.span.end_column) == marked(body, "piece_")


def test_an_unknown_code_suggests_the_nearest_code() -> None:
    found = only(valued("si categorie = cantines alors 1 sinon 2"))
    assert found.code == "E203"
    assert found.hints == ("vouliez-vous dire « cantine » ?",)


def test_an_edited_unit_is_told_on_the_line_that_was_edited() -> None:
    name = "parametres/plafond_remise.yaml"
    text = sound_files()[name].decode().replace("unite: euros", "unite: pieces")
    found = next(one for one in findings_of({name: text}) if one.code == "E301")
    line = text[: text.index("unite:")].count("\n") + 1
    told = "« plafond_remise » est en « pieces », d'après cette ligne"
    assert (f"regles/{name}", line, told) in labels(found)


def test_two_rules_without_priority_show_both_places() -> None:
    body = "      - {depuis: 2000-01-01, valeur: 1}"
    found = only("regles:\n" + rule(body, name="remise", unit="euros"))
    assert found.code == "E207"
    assert (found.span.file, found.span.line) == ("regles/textes/zz.yaml", 7)
    ((file, line, words),) = labels(found)
    assert (file, words) == ("regles/textes/arrete-pain.yaml", "l'autre règle")
    assert line > 7


def test_two_versions_of_one_day_show_both_places() -> None:
    body = "      - {depuis: 2001-01-01, valeur: 1}\n      - {depuis: 2001-01-01, valeur: 2}"
    found = only("regles:\n" + rule(body))
    assert (found.code, found.span.line) == ("E205", 13)
    assert labels(found) == [("regles/textes/zz.yaml", 12, "l'autre version")]


def test_one_name_for_two_things_shows_the_first() -> None:
    found = only(
        "controles:\n  A001:\n    libelle: Essai\n    gravite: alerte\n"
        '    article: "1"\n    message: rien\n'
        "    versions:\n      - {depuis: 2000-01-01, si: faux}\n"
    )
    assert found.code == "E202"
    ((file, _, words),) = labels(found)
    assert (file, words) == ("regles/textes/arrete-pain.yaml", "première définition")


def test_a_loop_shows_each_rule_and_what_it_needs() -> None:
    names = ("un", "deux", "trois")
    after = ("deux", "trois", "un")
    body = "".join(
        rule(f"      - {{depuis: 2000-01-01, valeur: {needed} + 1}}", name=name)
        for name, needed in zip(names, after, strict=True)
    )
    found = only("regles:\n" + body)
    assert found.code == "E401"
    assert found.message == "définition circulaire : un → deux → trois → un"
    assert labels(found) == [
        ("regles/textes/zz.yaml", 7, "« un » a besoin de « deux »"),
        ("regles/textes/zz.yaml", 13, "« deux » a besoin de « trois »"),
        ("regles/textes/zz.yaml", 19, "« trois » a besoin de « un »"),
    ]


TABLE = """\
regles:
  essai:
    libelle: Essai
    unite: pieces
    article: "1"
    versions:
      - {{depuis: 2000-01-01, table: essais, avec: {{poids: pieces / plus_grosse_fournee}}}}
tables:
  essais:
    libelle: Essais
    unite: pieces
    article: "1"
    cles: {{poids: ratio}}
    versions:
      - depuis: 2000-01-01
        lignes:
          - {first}
          - {second}
controles:
  Z001:
    libelle: Essai
    gravite: alerte
    article: "1"
    message: "{{essai}}"
    versions:
      - {{depuis: 2000-01-01, si: vrai}}
"""


def test_a_gap_is_shown_by_a_combination_that_no_row_takes() -> None:
    found = only(TABLE.format(first="[[0, 19], 1]", second='["[20, ->[", 2]'))
    assert found.code == "E402"
    assert found.message == "table « essais » : aucune ligne pour poids = 19.5, au 2000-01-01"
    assert found.hints == ("ajoutez la ligne, au besoin avec la valeur sans_objet",)


def test_an_overlap_is_shown_by_a_combination_and_both_rows() -> None:
    found = only(TABLE.format(first="[[0, 20], 1]", second='["[20, ->[", 2]'))
    assert found.code == "E403"
    assert found.message == "table « essais » : deux lignes pour poids = 20, au 2000-01-01"
    assert found.span.line == 23
    assert labels(found) == [("regles/textes/zz.yaml", 22, "l'autre ligne")]


def test_an_absent_rule_is_shown_with_its_place() -> None:
    body = rule("      - {depuis: 2000-01-01, applicable_si: cadeau > 2, valeur: 1}")
    found = only("regles:\n" + body)
    assert found.code == "E303"
    ((file, _, words),) = labels(found)
    assert (file, words) == ("regles/textes/arrete-pain.yaml", "la règle")
    assert "défaut(cadeau, …)" in found.hints[0]


def test_a_decimal_comma_is_recognised() -> None:
    found = only(valued('"pieces * (0,5"'))
    assert found.code == "E308"
    assert found.hints[0] == "les décimales s'écrivent avec un point : 0.1"


def test_two_cells_without_a_comma_between_them_are_told_as_such() -> None:
    rows = "        lignes: [[{}]]\n"
    table = (
        "tables:\n  essai:\n    libelle: Essai\n    unite: euros\n    article: '1'\n"
        "    cles: {}\n    versions:\n      - depuis: 2000-01-01\n"
    )
    short = only(table.format("{poids: kilos}") + rows.format("1500 1500"))
    long = only(table.format("{n: km, poids: kilos}") + rows.format("1, 1500 1500"))
    told = ("une virgule manque : « 1500 1500 » est lu comme une seule case",)
    assert [(one.code, one.hints) for one in (short, long)] == [
        ("E107", told),
        ("E405", told),
    ]
