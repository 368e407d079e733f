"""Fields that would be called alike, once in tables, each keep a column of their own."""

from __future__ import annotations

from engine.evaluation.compilation.names import field_columns
from engine.langage.inputs import Collection, Field, RecordModel
from engine.sql.tables import table_columns

MODEL = RecordModel(
    (
        Field("dossier", "texte", "", role="identifiant"),
        Field("date", "date", "", role="date"),
        Field("agent.a_b", "texte", ""),
        Field("agent_a.b", "texte", ""),
        Field("services_heures", "texte", ""),
        Field("lieu.nom", "texte", ""),
        Field("ecole.nom", "texte", ""),
        Field("lieu_nom", "texte", ""),
    ),
    (
        Collection("services", "", (Field("heures", "nombre", ""), Field("ou", "texte", "",
                   link="lieux.ou_nom")), 4),
        Collection("services_ou", "", (Field("nom", "texte", ""),), 4),
        Collection("lieux", "", (Field("ou_nom", "texte", ""), Field("nom", "texte", "")), 4),
    ),
)  # fmt: skip


def test_every_field_has_a_column_of_its_own() -> None:
    names = list(field_columns(MODEL).values())
    assert len(set(names)) == len(names) == 15
    assert names[:5] == [
        "dossier", "__champ_date", "__champ_agent_a_b", "__champ_agent_a_b_2",
        "__champ_services_heures",
    ]  # fmt: skip


def test_a_column_of_an_input_table_says_one_field() -> None:
    said = [name for one in table_columns(MODEL)[MODEL.table] for name in (one.name, *one.aliases)]
    assert len(set(said)) == len(said)
    assert {"a_b", "b", "services_heures", "lieu.nom", "nom", "lieu_nom"} - {*said} == {"nom"}
