from __future__ import annotations

from decimal import Decimal

import pytest
import yaml

from engine.source import yaml_tree
from engine.source.builder import MAX_DEPTH
from engine.source.messages.hints import write_number
from engine.source.messages.yaml_syntax import explain
from engine.source.positions import Span
from engine.source.tree import Mapping, Node, Scalar, Sequence, plain
from engine.source.yaml_tree import read_yaml


@pytest.fixture(params=[yaml.CLoader, yaml.Loader], ids=["c", "python"])
def _both_libraries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_tree, "_LOADER", request.param)


def only(text: str) -> Node:
    (node,), findings = read_yaml(text, "f.yaml")
    assert not findings
    return node


def scalar(text: str, name: str) -> Scalar:
    node = only(text)
    assert isinstance(node, Mapping)
    found = node.get(name)
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    "written", ["18:30", "012", "0750011", "NO", "no", "oui", "1_000", "1e3", ".5", "+1", "0x1F"]
)
def test_known_traps_stay_texts(written: str) -> None:
    assert plain(only(f"a: {written}\n")) == {"a": written}


@pytest.mark.parametrize(
    ("written", "value"),
    [("1.10", Decimal("1.10")), ("18", 18), ("-0.25", Decimal("-0.25")), ("true", True)],
)
def test_canonical_values_are_exact(written: str, value: object) -> None:
    found = plain(only(f"a: {written}\n"))
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert str(found["a"]).lower() == written  # 1.10 keeps its zero


def test_a_date_stays_a_text() -> None:
    assert plain(only("a: 2024-09-01\n")) == {"a": "2024-09-01"}


def test_quotes_make_a_text_and_block_scalars_count_as_quoted() -> None:
    node = only("a: \"4\"\nb: '4'\nc: |\n  4\nd: >-\n  4\n  5\ne: 4\n")
    assert plain(node) == {"a": "4", "b": "4", "c": "4\n", "d": "4 5", "e": 4}


@pytest.mark.usefixtures("_both_libraries")
@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("a: heures + 1", 0),
        ('a: "heures"', 1),
        ("a: 'heures'", 1),
        ('a: "he\\u0075res"', None),
        ("a: 'l''heure'", None),
        ("a: |\n  heures", None),
        ("a: heures\n  + 1", None),
        ('a: "heures\n  + 1"', None),
    ],
)
def test_the_text_is_mapped_to_its_place_where_it_is_written_plainly(
    text: str, inner: int | None
) -> None:
    assert scalar(text, "a").inner == inner


def test_a_part_of_a_quoted_text_has_its_own_place() -> None:
    found = scalar('é: 1\nvaleur: "élèves + ors"', "valeur")
    assert found.part(9, 12) == Span("f.yaml", 2, 19, 2, 22)


@pytest.mark.usefixtures("_both_libraries")
def test_columns_count_characters_and_not_bytes() -> None:
    node = only("é: {œà: ça, 😀: [1, 22]}\n")
    assert isinstance(node, Mapping)
    inside = node.get("é")
    assert isinstance(inside, Mapping)
    assert [(key.span.column, value.span.column) for key, value in inside] == [(5, 9), (13, 16)]
    assert inside.span == Span("f.yaml", 1, 4, 1, 24)


@pytest.mark.usefixtures("_both_libraries")
def test_a_block_ends_where_its_last_value_ends() -> None:
    node = only("a:\n  - 1\n  - bc\n\n# fin\nd: e\n")
    assert isinstance(node, Mapping)
    items = node.get("a")
    assert isinstance(items, Sequence)
    assert items.span == Span("f.yaml", 2, 3, 3, 7)
    assert node.span == Span("f.yaml", 1, 1, 6, 5)


def test_several_documents_come_out_and_empty_ones_are_left_out() -> None:
    documents, findings = read_yaml("---\na: 1\n---\n---\n- b\n---\n", "f.yaml")
    assert [plain(document) for document in documents] == [{"a": 1}, ["b"]]
    assert not findings


def test_the_documents_before_a_syntax_error_come_out() -> None:
    documents, (found,) = read_yaml("a: 1\n---\nb: [\n", "f.yaml")
    assert [plain(document) for document in documents] == [{"a": 1}]
    assert found.code == "E101"


@pytest.mark.usefixtures("_both_libraries")
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_a_hundred_thousand_levels_are_one_finding(opening: str) -> None:
    documents, (found,) = read_yaml(opening * 100_000, "f.yaml")
    assert documents == ()
    assert found.code == "E111"


def test_the_deepest_level_allowed_is_read() -> None:
    at_most = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_yaml(at_most, "f.yaml")[1] == ()
    (found,) = read_yaml(f"[{at_most}]", "f.yaml")[1]
    assert (found.code, found.span.column) == ("E111", MAX_DEPTH + 1)


def test_an_alias_bomb_is_refused_without_being_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    _, findings = read_yaml("\n".join(lines), "f.yaml")
    assert len(findings) == 30 + 29 * 9
    assert {found.code for found in findings} == {"E110"}


def test_both_places_of_a_duplicate_key_are_shown_and_the_first_is_kept() -> None:
    (document,), (found,) = read_yaml("a: 1\nb: 2\na: 3\n", "f.yaml")
    assert plain(document) == {"a": 1, "b": 2}
    assert found.code == "E102"
    assert str(found.span) == "f.yaml:3:1"
    assert [str(span) for span, _ in found.labels] == ["f.yaml:1:1"]


def test_a_key_written_three_times_is_reported_twice() -> None:
    _, findings = read_yaml("a: 1\na: 2\na: 3\n", "f.yaml")
    assert [found.span.line for found in findings] == [2, 3]


def test_a_quoted_merge_sign_is_an_ordinary_key() -> None:
    assert plain(only('"<<": 1\n')) == {"<<": 1}


SYNTAX = {
    "a:\n\tb: 1\n": ("2:1", "tabulation dans l'indentation"),
    "a:\n  b: 1\n\tc: 2\n": ("3:1", "tabulation dans l'indentation"),
    "a: b: c\n": ("1:5", "« : » inattendu : une clé n'est pas possible ici"),
    "a: 1\n  b: 2\n": ("2:4", "« : » inattendu : une clé n'est pas possible ici"),
    "- a\nb: 1\n": ("2:1", "« - » attendu ici"),
    "a:\n  - 1\n  b: 2\n": ("3:3", "« - » attendu ici"),
    'é: "abc\nb: 1\n': ("1:4", "guillemet ouvert et jamais refermé"),
    "a: [1, 2\nb: 3\n": ("2:2", "« , » ou « ] » attendu"),
    "a: [1,\n  2\n\n": ("2:4", "« , » ou « ] » attendu"),
    "a: {b: 1, c\nd: 3": ("2:2", "« , » ou « } » attendu"),
    "a: @x\n": ("1:4", "ce signe ne peut pas commencer une valeur"),
    "a: `x\n": ("1:4", "ce signe ne peut pas commencer une valeur"),
    "%a: 1\n": ("1:3", "une ligne qui commence par « % » n'est pas lue ici"),
    "a: &\n": ("1:5", "« * » et « & » ne peuvent pas commencer une valeur"),
    "a: - 1\n": ("1:4", "« - » inattendu : une liste n'est pas possible ici"),
    "a: 1\nb\nc: 2\n": ("2:1", "clé sans « : »"),
    "a: 1\n... x\n": ("2:5", "contenu inattendu après la fin du document"),
    "a: |x\n b": ("1:5", "après « | » ou « > », le texte commence à la ligne suivante"),
    'a: "b" c\n': ("1:8", "clé attendue ici"),
    "a: ]\n": ("1:4", "valeur attendue ici"),
    "é: \x01\n": ("1:4", "caractère de contrôle invisible"),
}


@pytest.mark.usefixtures("_both_libraries")
@pytest.mark.parametrize("text", SYNTAX)
def test_a_syntax_error_is_said_in_french_at_its_place(text: str) -> None:
    (found,) = read_yaml(text, "f.yaml")[1]
    place, sentence = SYNTAX[text]
    assert found.code == "E101"
    assert (str(found.span), found.message) == (f"f.yaml:{place}", sentence)
    assert found.hints


NOWHERE = "aucune ligne au-dessus ne commence là"
OPEN = ("guillemet ouvert et jamais refermé", "fermez le guillemet")
NO_BREAK = (
    "espace insécable : elle ressemble à une espace, et n'en est pas une ici",
    "effacez ce caractère, et tapez une espace à sa place",
)
CURLY = (
    "guillemet typographique : « “ » n'ouvre pas un texte",
    'remplacez les guillemets de traitement de texte par des guillemets droits : "…"',
)
# A slip of the hand: where it is told, as what, and what to do.
SLIPS = {
    'v:\n  - {a: 1, s: "001, p. 1}\n  - {a: 2, s: "001, p. 1"}\n': ("E101", "2:15", *OPEN),
    'v:\n  s: "001, p. 1\n  a: 3\n  c: "bon"\n': ("E101", "2:6", *OPEN),
    "v:\n  s: '001, p. 1\n  a: 3\n  c: 'bon'\n": ("E101", "2:6", *OPEN),
    "a:\n  b:\n    - c: 1\n      d: 3\n   - c: 2\n": (
        "E101",
        "5:4",
        f"retrait de 3 espaces : {NOWHERE}",
        "commencez la ligne après 4 espaces, comme la ligne 3",
    ),
    "a:\n    - {b: 1}\n   - {b: 2}\n": (
        "E101",
        "3:4",
        f"retrait de 3 espaces : {NOWHERE}",
        "commencez la ligne après 4 espaces, comme la ligne 2",
    ),
    "a:\n  - b: 1\n     c: 2\n": (
        "E101",
        "3:6",
        f"retrait de 5 espaces : {NOWHERE}",
        "commencez la ligne après 4 espaces, comme la ligne 2",
    ),
    "a:\n  b: 1\n c: 2\n": (
        "E101",
        "3:2",
        f"retrait de 1 espace : {NOWHERE}",
        "commencez la ligne après 2 espaces, comme la ligne 2",
    ),
    "a: {b: 2024-01-01 c: 60.12}\n": (
        "E101",
        "1:20",
        "« , » ou « } » attendu",
        "une virgule manque avant « c »",
    ),
    'a: {b: "x" c: 60.12}\n': (
        "E101",
        "1:12",
        "« , » ou « } » attendu",
        "une virgule manque avant « c »",
    ),
    'a: ["x" 1500]\n': (
        "E101",
        "1:9",
        "« , » ou « ] » attendu",
        "une virgule manque avant « 1500 »",
    ),
    "a:\n  b:\N{NO-BREAK SPACE}60.12\n  c: 2\n": ("E139", "2:5", *NO_BREAK),
    "- {a: 1, b:\N{NARROW NO-BREAK SPACE}60.12}\n": ("E139", "1:12", *NO_BREAK),
    "a:\n  b: 2\n \N{NO-BREAK SPACE}c: 60.12\n": ("E139", "3:2", *NO_BREAK),
    "a:\n  - 1\n  -\N{NO-BREAK SPACE}2\n": ("E139", "3:4", *NO_BREAK),
    'a:\n  b:\N{NO-BREAK SPACE}"x"\n': ("E139", "2:5", *NO_BREAK),
    "a: 60.12\N{NO-BREAK SPACE}\n": ("E139", "1:9", *NO_BREAK),
    "a: 60\N{ZERO WIDTH SPACE}.12\n": (
        "E139",
        "1:6",
        "caractère invisible (U+200B)",
        "effacez ce caractère : retapez la ligne s'il ne se voit pas",
    ),
    "a: {b: “001, p. 1”, c: 2}\n": ("E139", "1:8", *CURLY),
    "a: “001, p. 1”\n": ("E139", "1:4", *CURLY),
}


@pytest.mark.usefixtures("_both_libraries")
@pytest.mark.parametrize("text", SLIPS)
def test_a_slip_is_told_where_it_is_with_what_to_do(text: str) -> None:
    (found,) = read_yaml(text, "f.yaml")[1]
    told = str(found.code), str(found.span).removeprefix("f.yaml:"), found.message, found.hints[-1]
    assert told == SLIPS[text]


@pytest.mark.parametrize(
    "text",
    [
        "a: 2\N{NO-BREAK SPACE}600\n",  # a number that its own message explains
        "a: « deux »\N{NO-BREAK SPACE}trois\n",
        'a: "“cité” :\N{NO-BREAK SPACE}b"\n',
        'a: "une\n  suite"\nb: 1\n',
    ],
)
def test_what_looks_like_a_slip_and_is_none_is_read(text: str) -> None:
    assert read_yaml(text, "f.yaml")[1] == ()


@pytest.mark.parametrize(
    ("written", "way_out"),
    [
        ("60.12 €", "un nombre s'écrit seul : son unité est dite ailleurs : écrivez 60.12"),
        ("60,12 €", "un nombre s'écrit seul : son unité est dite ailleurs : écrivez 60.12"),
        (
            "2\N{NARROW NO-BREAK SPACE}600 euros",
            "un nombre s'écrit seul : son unité est dite ailleurs : écrivez 2600",
        ),
        ("26OO", "la lettre O n'est pas un zéro, la lettre l n'est pas un 1 : écrivez 2600"),
        ("l8.5", "la lettre O n'est pas un zéro, la lettre l n'est pas un 1 : écrivez 18.5"),
        ("Ol", None),
        ("oui", None),
    ],
)
def test_a_number_with_a_unit_or_letters_is_rewritten(written: str, way_out: str | None) -> None:
    assert write_number(written) == way_out


@pytest.mark.usefixtures("_both_libraries")
@pytest.mark.parametrize("escape", ["\\q", "\\ud800"])
def test_an_impossible_escape_is_a_syntax_error(escape: str) -> None:
    (found,) = read_yaml(f'a: "{escape}"\n', "f.yaml")[1]
    assert found.code == "E101"
    assert "\\" in found.message


@pytest.mark.usefixtures("_both_libraries")
def test_an_unknown_tag_handle_is_a_tag() -> None:
    (found,) = read_yaml("a: !x!y 1\n", "f.yaml")[1]
    assert (found.code, str(found.span)) == ("E117", "f.yaml:1:4")


@pytest.mark.parametrize("line", ["- [x, ]35, ->[, 9]", "- [x, [0, 20[, 9]"])
def test_an_open_interval_without_quotes_is_explained(line: str) -> None:
    (found,) = read_yaml(line, "f.yaml")[1]
    assert found.hints == (
        'un intervalle ouvert s\'écrit entre guillemets : "[0, 20[", "]35, ->["',
    )


def test_an_unforeseen_fault_still_has_a_french_sentence() -> None:
    fault, hints = explain("some new problem", "")
    assert fault.sentence == "écriture YAML incorrecte à cet endroit"
    assert hints == ("la bibliothèque YAML dit, en anglais : « some new problem »",)


def test_a_long_sentence_that_begins_with_a_figure_is_not_a_number() -> None:
    nodes, findings = read_yaml("calcul: 18 h avant comme après le 01/09/2015.\n", "f.yaml")
    assert findings == ()
    assert plain(nodes[0]) == {"calcul": "18 h avant comme après le 01/09/2015."}
