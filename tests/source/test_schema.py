from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.source.diagnostics import Diagnostic
from engine.source.files import read_documents
from engine.source.messages.hints import write_number
from engine.source.schema import check_shape, load_schema

SCHEMAS = Path(__file__).parents[2] / "schemas"
OURS = (
    "texte",
    "parametres",
    "nomenclature",
    "lectures",
    "registre",
    "resultats",
    "unites",
    "documents",
    "publication",
    "cas",
)


def check(text: str, schema: Mapping[str, object]) -> tuple[Diagnostic, ...]:
    (node,), findings = read_documents("f.yaml", text)
    assert not findings
    return check_shape(node, schema)


def hints(text: str, schema: Mapping[str, object]) -> tuple[str, ...]:
    (found,) = check(text, schema)
    return found.hints


def parts(schema: object) -> Iterator[dict[str, object]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value)


@pytest.mark.parametrize("kind", OURS)
def test_a_schema_is_sound_closed_and_explained(kind: str) -> None:
    schema = load_schema(SCHEMAS / f"{kind}.v1.json")
    Draft202012Validator.check_schema(schema)
    seen = 0
    for part in parts(schema):
        if isinstance(part.get("properties"), dict):
            properties = part["properties"]
            assert isinstance(properties, dict)
            assert part["additionalProperties"] is False
            for name, value in properties.items():
                seen += 1
                assert value["title"], name
                assert value["description"], name
        if "pattern" in part:
            assert part["patternErrorMessage"]
    assert seen >= 3


def test_schemas_are_loaded_once_and_without_binary_floats() -> None:
    path = SCHEMAS / "texte.v1.json"
    assert load_schema(path) is load_schema(path)
    assert not any(isinstance(value, float) for part in parts(load_schema(path)) for value in part)


def examples() -> list[str]:
    page = (SCHEMAS.parent / "docs" / "langage.md").read_text(encoding="utf-8")
    blocks = [block.split("```", 1)[0] for block in page.split("```yaml\n")[1:]]
    return [block for block in blocks if block.split(":", 1)[0] in OURS and "{…}" not in block]


@pytest.mark.parametrize("text", examples(), ids=lambda text: text.split(":", 1)[0])
def test_the_examples_of_the_manual_have_the_right_shape(text: str) -> None:
    kind = text.split(":", 1)[0]
    assert check(text, load_schema(SCHEMAS / f"{kind}.v1.json")) == ()


def test_the_manual_has_an_example_of_nearly_every_kind() -> None:
    assert len(examples()) >= 8


COMPLETE = """\
texte: decret-2014-940
intitule: Décret n° 2014-940
nature: decret
date: 2014-08-20
publie_le: 2014-08-23
source: "faits, A"
regles:
  ponderation:
    libelle: Heures gagnées
    unite: heures
    portee: services
    article: ["6", "7"]
    deroge_a: decret-2014-940.maximum
    cite: la phrase
    versions:
      - depuis: 2015-09-01
        jusqu_a: 2016-08-31
        modifie_par: décret n° 2015-1
        a_verifier: à relire
        commentaire: note
        applicable_si: true
        selon:
          - {si: niveau in STS, alors: 1.25, article: "7", cite: x}
          - {si: a, alors: {non_calculable: taux-hsa}}
        choix: premier
        sinon: 1
        plancher: 0
        plafond: ors
        arrondi: {pas: 0.01, sens: proche, source: "001, p. 6"}
      - {depuis: 2016-09-01, somme: heures, de: services, si: a > 1, une_fois_par: parallele}
      - {depuis: 2017-09-01, max: heures, de: services, sinon: {non_calculable: taux-hsa}}
      - {depuis: 2018-09-01, compte: lignes, de: services}
      - {depuis: 2019-09-01, existe: ligne, de: services}
      - {depuis: 2020-09-01, compte_distinct: niveau, de: services}
      - {depuis: 2021-09-01, table: maxima, avec: {corps: agent.corps}}
      - {depuis: 2022-09-01, lecture: {point: cpge-groupe, choix: {tableau: 10, imprime: 11}}}
  eligible:
    libelle: A droit
    type: booleen
    deroge_a: [a.b, c-d.e]
    versions: [{depuis: 2015-09-01, valeur: faux, article: "1", source: "001"}]
tables:
  maxima:
    libelle: Maxima
    unite: heures
    article: "1"
    cles: {annee: annees_cpge, effectif: eleves, eps: booleen}
    versions:
      - depuis: 2004-09-01
        choix: premier
        source: "001"
        lignes:
          - [cpge_1, "]35, ->[", true, 9]
          - [[cpge_1, cpge_2], [20, 35], "*", sans_objet]
          - [cpge_1, 12, false, {non_calculable: taux-hsa}]
controles:
  A101:
    libelle: Sous-service
    gravite: bloquant
    article: "4"
    portee: services
    message: "il manque {sous_service} h"
    versions: [{depuis: 2015-09-01, si: sous_service > 0}]
"""


def test_everything_the_language_allows_in_a_text_is_accepted() -> None:
    assert check(COMPLETE, load_schema(SCHEMAS / "texte.v1.json")) == ()


def test_a_complete_case_is_accepted() -> None:
    text = """\
cas:
  - nom: Certifié
    source: {document: 001_d956f18a98911f90.txt, reperage: "exemple 1"}
    nature: officielle
    du: 2015-04-29
    dossier: {date: 2024-10-01, agent: {corps: certifie}}
    lectures: {cpge-effectif-du-groupe: imprime}
    attendu: {ponderation: "1.00", hsa: 1, eligible: true}
    sans_objet: [issr]
    non_calculable: [imp]
    articles: {ponderation: [decret-2014-940 art. 6]}
    anomalies: []
    calcul: 10 × 0,1 = 1
"""
    assert check(text, load_schema(SCHEMAS / "cas.v1.json")) == ()


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("012", "un nombre s'écrit sans zéro devant : écrivez 12"),
        ("59,07", "un nombre s'écrit avec un point décimal : écrivez 59.07"),
        ("1 234,50", "un nombre s'écrit avec un point décimal : écrivez 1234.50"),
        ("1e3", "un nombre s'écrit sans exposant : écrivez 1000"),
        ("1_000", "un nombre s'écrit sans espace ni « _ » entre ses chiffres : écrivez 1000"),
        (".5", "un nombre s'écrit avec des chiffres des deux côtés du point : écrivez 0.5"),
        ("+5", "un nombre s'écrit sans « + » devant : écrivez 5"),
        ("80 %", "un pourcentage s'écrit comme une part de 1 : écrivez 0.8"),
        ('"18"', "un nombre s'écrit sans guillemets : écrivez 18"),
        (".inf", "ni l'infini ni « NaN » ne sont des nombres ici"),
    ],
)
def test_a_number_written_otherwise_is_told_how_to_be_written(written: str, advice: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "number"}}}
    assert hints(f"a: {written}", schema) == (advice,)


def test_a_time_is_not_guessed_but_shown_in_hours() -> None:
    assert "18.5" in (write_number("18:30") or "")
    assert "deux-points" in (write_number("18:31") or "")


@pytest.mark.parametrize("text", ["abc", "4 h 30", "1,2,3", "1e999999999", "", "--1"])
def test_a_text_that_is_no_number_gets_no_advice(text: str) -> None:
    assert write_number(text) is None


@pytest.mark.parametrize("word", ["oui", "NO", "on", "vrai", "False"])
def test_a_yes_or_no_word_is_told_how_to_be_a_boolean(word: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "boolean"}}}
    (advice,) = hints(f"a: {word}", schema)
    assert advice.endswith(("écrivez true", "écrivez false"))


def test_the_nearest_name_is_proposed_for_keys_and_values() -> None:
    schema = load_schema(SCHEMAS / "documents.v1.json")
    found = check('documents: {"001": {titre: a, natur: b, nature: oficielle}}', schema)
    assert [finding.hints for finding in found] == [
        ("vouliez-vous dire « nature » ?",),
        ("vouliez-vous dire « officielle » ?",),
    ]


def test_a_misspelt_key_is_not_also_said_to_be_missing() -> None:
    schema = load_schema(SCHEMAS / "registre.v1.json")
    (found,) = check("registre: {a: {libele: b, manque: c, sources: [d]}}", schema)
    assert found.message == "clé inconnue : « libele »"


def test_a_name_of_the_wrong_form_is_rewritten() -> None:
    schema = load_schema(SCHEMAS / "unites.v1.json")
    (found,) = check('unites: {"Élèves présents": {symbole: é, decimales: 0}}', schema)
    assert found.hints[1] == "par exemple : eleves_presents"


def test_an_empty_mapping_is_shown_where_it_stands() -> None:
    schema = load_schema(SCHEMAS / "registre.v1.json")
    (found,) = check("registre:\n  a: {}\n", schema)
    assert str(found) == (
        "f.yaml:2:6: erreur E104: clés obligatoires absentes : « libelle », « manque », « sources »"
    )


def test_among_branches_the_fault_nearest_to_right_is_told() -> None:
    schema = json.loads(
        """{"anyOf": [{"type": "string"},
            {"type": "object", "required": ["a"], "additionalProperties": false,
             "properties": {"a": {"type": "integer"}}},
            {"type": "object", "required": ["b", "c"], "additionalProperties": false,
             "properties": {"b": {"type": "integer"}, "c": {"type": "integer"}}}]}"""
    )
    (found,) = check("{a: x}", schema)
    assert found.message == "attendu : un nombre entier ; lu : le texte « x »"
    (found,) = check("[1]", schema)
    assert found.message == (
        "attendu : un texte ou un groupe de clés (clé: valeur) ; lu : une liste"
    )
