from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.dossiers.values import read_number
from engine.langage.inputs import Field, Writing
from engine.langage.model import model_from_schema
from tests.dossiers.samples import MODEL, SCHEMA


def field(name: str) -> Field:
    return next(one for one in MODEL.fields if one.name == name)


def line_field(collection: str, name: str) -> Field:
    found = MODEL.collection(collection)
    assert found is not None
    return next(one for one in found.fields if one.name == name)


def test_the_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_model_has_every_list_of_the_record() -> None:
    assert {one.name: one.max_items for one in MODEL.collections} == {
        "etablissements": 32,
        "services": 64,
        "ares": 32,
        "missions": 32,
        "pacte": 32,
        "professeur_principal": 32,
        "hse": 32,
        "deplacements": 32,
        "tutorats": 32,
        "absences": 32,
        "remplacements": 32,
    }


def test_a_group_is_flattened_with_a_dot() -> None:
    assert field("agent.corps").vocabulary == "corps"
    assert line_field("hse", "derogation.accordee").kind == "booleen"
    assert line_field("hse", "derogation.demandee_le").kind == "date"


def test_each_role_is_played_by_one_field() -> None:
    assert [MODEL.role(role).name for role in ("identifiant", "date", "annee")] == [
        "dossier",
        "date",
        "annee_scolaire",
    ]


def test_only_what_the_contract_says_is_defaulted() -> None:
    assert {one.name: one.default for one in MODEL.fields if one.default is not None} == {
        "agent.fonction": "enseignant",
        "agent.statut": "titulaire",
        "agent.quotite": 1,
        "agent.temps": "complet",
        "agent.affectation": "annee",
        "agent.contre_indication_hsa": False,
        "agent.exercice_anterieur_admis": False,
        "agent.certification_specialisee": False,
        "agent.affecte_superieur": False,
        "agent.formateur": False,
        "referent_groupes": 0,
        "interrogations": 0,
        "heures_peri_educatives": 0,
        "heures_ecole_ouverte": 0,
    }
    lines = [one for collection in MODEL.collections for one in collection.fields]
    defaulted = {one.name: one.default for one in lines if one.default is not None}
    assert defaulted == {
        "difficultes_particulieres": False,
        "en_remplacement": False,
        "annee_entiere": False,
    }
    assert {one.name: one.default_from for one in lines if one.default_from} == {
        "principal": "premier",
        "etablissement": "etablissements.principal",
        "discipline": "agent.discipline",
    }


def test_what_is_required_is_required() -> None:
    written = [one for one in MODEL.fields if not one.derived]
    assert [one.name for one in written if one.required] == ["dossier", "date", "agent.corps"]
    services = MODEL.collection("services")
    assert services is not None
    assert [one.name for one in services.fields if one.required] == ["heures"]


def test_a_number_carries_its_unit_its_writing_and_its_bounds() -> None:
    share = field("agent.quotite")
    assert (share.unit, share.writing) == ("ratio", "part")
    assert (share.minimum, share.maximum) == (Fraction(0), Fraction(1))
    assert share.above_minimum
    hours = line_field("services", "heures")
    assert (hours.unit, hours.writing) == ("heures", "heures")
    assert hours.maximum == Fraction(40)
    assert (hours.multiple_of, hours.grid) == (Fraction(1, 1000), Fraction(1, 3000))
    assert line_field("services", "effectif").multiple_of == Fraction(1)


def test_every_number_is_bounded_and_every_text_has_a_length() -> None:
    lines = [one for collection in MODEL.collections for one in collection.fields]
    numbers = [one for one in (*MODEL.fields, *lines) if one.kind == "nombre"]
    texts = [one for one in (*MODEL.fields, *lines) if one.kind == "texte"]
    assert len(numbers) >= 18
    assert len(texts) >= 7
    assert [one.name for one in numbers if None in (one.minimum, one.maximum, one.unit)] == []
    assert [one.name for one in texts if one.max_length is None] == []


def test_a_link_names_the_field_it_repeats() -> None:
    assert line_field("services", "etablissement").link == "etablissements.uai"


def test_a_code_written_as_a_number_is_one_code_only() -> None:
    codes = line_field("ares", "code").codes
    assert len(codes) == 56
    assert len(set(codes)) == len(codes)
    assert "9073" in line_field("missions", "code").codes


def test_every_property_is_described_and_every_object_is_closed() -> None:
    seen = 0
    definitions = SCHEMA["$defs"]
    assert isinstance(definitions, dict)
    waiting: list[object] = [SCHEMA]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if "properties" in node:
            assert node["additionalProperties"] is False
            for name, below in node["properties"].items():
                seen += 1
                target = below.get("$ref", "").removeprefix("#/$defs/")
                described = {**definitions.get(target, {}), **below}
                assert {"title", "description", "x-libelle"} <= set(described), name
        waiting += node.values()
    assert seen >= 70


def test_a_local_reference_is_followed_and_what_is_beside_it_prevails() -> None:
    model = model_from_schema(
        {
            "properties": {"n": {"$ref": "#/$defs/a", "maximum": 3, "x-libelle": "nombre"}},
            "$defs": {
                "a": {"$ref": "#/$defs/b", "maximum": 2},
                "b": {"type": ["number", "string"], "x-unite": "km", "minimum": Decimal("0.5")},
            },
        }
    )
    (only,) = model.fields
    assert (only.minimum, only.maximum) == (Fraction(1, 2), Fraction(3))
    assert only.label == "nombre"


def test_a_group_that_may_be_absent_requires_nothing() -> None:
    inside = {"type": "object", "required": ["n"], "properties": {"n": {"type": "boolean"}}}
    optional = model_from_schema({"properties": {"g": inside}})
    needed = model_from_schema({"properties": {"g": inside}, "required": ["g"]})
    assert [one.required for one in (*optional.fields, *needed.fields)] == [False, True]


@pytest.mark.parametrize("number", [0.5, "1", None])
def test_an_inexact_bound_is_a_bug_of_the_schema(number: object) -> None:
    with pytest.raises(TypeError):
        model_from_schema({"properties": {"n": {"x-unite": "km", "minimum": number}}})


NUMBER_TEXTS = st.one_of(
    st.from_regex(r"\A ?-?[0-9]{1,4}([.,  ][0-9]{1,3})?( ?[h%] ?[0-9]{0,2})? ?\Z"),
    st.text(alphabet="0123456789,.hH%: -\u00a0\u202f", max_size=8),
)


@pytest.mark.parametrize("writing", ["nombre", "heures", "part"])
@given(text=NUMBER_TEXTS)
def test_the_schema_and_the_reader_agree_on_what_a_number_is(writing: Writing, text: str) -> None:
    definitions = SCHEMA["$defs"]
    assert isinstance(definitions, dict)
    pattern = definitions[f"ecriture_{writing}"]["pattern"]
    assert bool(re.search(pattern, text)) == (read_number(text, writing) is not None)
