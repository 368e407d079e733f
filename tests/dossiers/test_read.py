from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from engine.dossiers.read import Refusal
from engine.langage.records import Record
from tests.dossiers.samples import HEAD, accepted, place, read, refused, sole_finding

TWO_PLACES = """\
etablissements:
  - {uai: 0130001A, commune: Marseille}
  - {uai: 0130002B, commune: Aubagne}
"""


def test_a_minimal_record_is_accepted_with_its_defaults() -> None:
    record = accepted(HEAD)
    assert (record.ident, record.day) == ("D-1", date(2024, 10, 1))
    assert record.values["agent.quotite"] == 1
    assert record.values["agent.fonction"] == "enseignant"
    assert record.values["agent.contre_indication_hsa"] is False
    assert "agent.grade" not in record.values
    assert record.lines["services"] == ()


def test_the_record_of_the_contract_is_accepted() -> None:
    record = accepted("""\
dossier: D-0001
date: 2024-10-01
annee_scolaire: 2024-2025
agent:
  {corps: certifie, grade: classe_normale, echelon: 7, indice_majore: 480, fonction: enseignant,
   statut: titulaire, quotite: 80 %, temps: complet, cpa: false, cpa_debut: null, tzr: false,
   affecte_annee: true, discipline: mathematiques, affectation: annee, volontaire_hsa: true,
   conge: null}
etablissements:
  - {uai: 0130001A, commune: Marseille, type: college, classement: rep_plus,
     personnel_laboratoire: false, effectif_total: 620}
services:
  - {heures: 4 h 30, niveau: terminale_generale, division: TG1, groupe: G1, effectif: 34,
     etablissement: 0130001A, discipline: physique_chimie, modalite: CG, parallele: P1}
ares: [{code: 4112, heures: 3}]
missions:
  - {code: 9102, taux: 1250, debut: 2024-09-01, fin: 2025-08-31, remplace_du: null,
     remplace_au: null}
pacte: [{mission: remplacement_courte_duree, parts: 1}]
professeur_principal: [{niveau: troisieme}]
referent_groupes: 0
hse:
  - {date: 2024-11-12, heures: 2, motif: remplacement_court,
     derogation: {demandee_le: 2024-11-02, accordee: null}}
interrogations: 0
deplacements: [{km: 25, jours: 12}]
tutorats: [{type: professeur_stagiaire, nombre: 1}]
heures_peri_educatives: 0
heures_ecole_ouverte: "12,5"
""")
    assert record.values["agent.quotite"] == Fraction(4, 5)
    assert record.values["heures_ecole_ouverte"] == Fraction(25, 2)
    assert record.lines["services"][0].values["heures"] == Fraction(9, 2)
    assert record.lines["ares"][0].values["code"] == "4112"
    assert record.lines["hse"][0].values["derogation.demandee_le"] == date(2024, 11, 2)
    assert "derogation.accordee" not in record.lines["hse"][0].values


def test_a_whole_number_may_name_a_record_or_a_class() -> None:
    record = accepted(HEAD.replace("D-1", "0012") + "services: [{heures: 1, division: 601}]\n")
    assert record.ident == "0012"
    assert record.lines["services"][0].values["division"] == "601"


def test_the_first_place_is_the_main_one_and_lines_without_a_place_are_given_there() -> None:
    record = accepted(f"{HEAD}{TWO_PLACES}services: [{{heures: 1}}]\n")
    assert [line.values["principal"] for line in record.lines["etablissements"]] == [True, False]
    (line,) = record.lines["services"]
    assert (line.values["etablissement"], line.links) == ("0130001A", {"etablissement": 0})


def test_the_place_that_says_so_is_the_main_one() -> None:
    text = TWO_PLACES.replace("Aubagne", "Aubagne, principal: true")
    record = accepted(
        f"{HEAD}{text}services: [{{heures: 1}}, {{heures: 2, etablissement: 0130001A}}]"
    )
    assert [line.values["principal"] for line in record.lines["etablissements"]] == [False, True]
    assert [line.links for line in record.lines["services"]] == [
        {"etablissement": 1},
        {"etablissement": 0},
    ]


def test_a_line_without_any_place_to_be_given_in_has_none() -> None:
    (line,) = accepted(f"{HEAD}services: [{{heures: 1}}]\n").lines["services"]
    assert (dict(line.values), dict(line.links)) == ({"heures": 1}, {})


def test_a_line_takes_the_discipline_of_the_agent_unless_it_has_its_own() -> None:
    text = HEAD.replace("certifie", "certifie, discipline: svt")
    record = accepted(text + "services: [{heures: 1}, {heures: 1, discipline: eps}]\n")
    assert [line.values["discipline"] for line in record.lines["services"]] == ["svt", "eps"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{HEAD}servises: []\n", ("E103", 4, 1)),
        (HEAD.replace("corps", "corps: plp, quotité"), ("E103", 3, 21)),
        (f"{HEAD}hse: [{{heures: 1, derogation: {{accordé: true}}}}]\n", ("E103", 4, 32)),
        ("dossier: D-1\ndate: 2024-10-01\n", ("E104", 1, 1)),
        ("dossier: D-1\ndate: 2024-10-01\nagent: {grade: hors_classe}\n", ("E104", 3, 8)),
        ("dossier: D-1\ndate: 2024-10-01\nagent: {corps: null}\n", ("E104", 3, 16)),
        (f"{HEAD}services:\n  - niveau: cap_1\n", ("E104", 5, 5)),
        (f"{HEAD}services: 18\n", ("E105", 4, 11)),
        (f"{HEAD}services: [18]\n", ("E105", 4, 12)),
        ("dossier: D-1\ndate: 2024-10-01\nagent: certifie\n", ("E105", 3, 8)),
        (HEAD.replace("certifie", "certifie, tzr: oui"), ("E105", 3, 31)),
        (HEAD.replace("certifie", "true"), ("E105", 3, 16)),
        (HEAD.replace("D-1", "1.10"), ("E105", 1, 10)),
        (HEAD.replace("2024-10-01", "20241001"), ("E105", 2, 7)),
        (f"{HEAD}interrogations: true\n", ("E105", 4, 17)),
        (f"{HEAD}interrogations: [2]\n", ("E105", 4, 17)),
        (f"{HEAD}referent_groupes: 1.5\n", ("E105", 4, 19)),
        (HEAD.replace("certifie", "certifié"), ("E106", 3, 16)),
        (f"{HEAD}ares: [{{code: 4113, heures: 3}}]\n", ("E106", 4, 15)),
        (f"{HEAD}services: [{{heures: 0}}]\n", ("E107", 4, 21)),
        (f"{HEAD}services: [{{heures: 40.01}}]\n", ("E107", 4, 21)),
        (f"{HEAD}interrogations: -1\n", ("E107", 4, 17)),
        (HEAD.replace("certifie", "certifie, quotite: 80"), ("E107", 3, 35)),
        (f"{HEAD}services: [{{heures: 1, groupe: {'a' * 201}}}]\n", ("E107", 4, 32)),
        (f"{HEAD}pacte: [{', '.join(['{mission: autre, parts: 1}'] * 33)}]\n", ("E107", 4, 905)),
        (f"{HEAD}etablissements: [{{uai: 130001A}}]\n", ("E108", 4, 24)),
        (HEAD.replace("2024-10-01", "01/10/2024"), ("E108", 2, 7)),
        (HEAD.replace("D-1", '"  "'), ("E108", 1, 10)),
        (f"{HEAD}annee_scolaire: 2024\n", ("E108", 4, 17)),
        (f"{HEAD}annee_scolaire: 2024-2026\n", ("E108", 4, 17)),
        (HEAD.replace("2024-10-01", "2024-02-30"), ("E109", 2, 7)),
        (f"{HEAD}services: [{{heures: 18:30}}]\n", ("E501", 4, 21)),
        (f"{HEAD}services: [{{heures: 4 h 75}}]\n", ("E501", 4, 21)),
        (f"{HEAD}interrogations: beaucoup\n", ("E501", 4, 17)),
        (f"{HEAD}annee_scolaire: 2023-2024\n", ("E504", 2, 7)),
        (HEAD.replace("2024-10-01", "2008-08-31"), ("E505", 2, 7)),
    ],
)
def test_a_mistake_is_the_sole_finding_at_its_place(text: str, found: tuple[str, int, int]) -> None:
    assert place(sole_finding(text)) == found


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}services: null\n",
        f"{HEAD}services: []\n",
        f"{HEAD}hse: [{{heures: 1, derogation: null}}]\n",
        HEAD.replace("certifie", "certifie, quotite: null, grade: ~"),
        HEAD.replace("certifie", "certifie, quotite: 100 %"),
        f"{HEAD}services: [{{heures: 40}}]\n",
        f"{HEAD}services: [{{heures: '0,01'}}]\n",
        f"{HEAD}referent_groupes: 2.0\n",
        f"{HEAD}services: [{{heures: 1, groupe: {'a' * 200}}}]\n",
        f"{HEAD}pacte: [{', '.join(['{mission: autre, parts: 1}'] * 32)}]\n",
        HEAD.replace("2024-10-01", "2024-02-29"),
        HEAD.replace("2024-10-01", "2008-09-01"),
        HEAD.replace("2024-10-01", "2024-09-01") + "annee_scolaire: 2024-2025\n",
        HEAD.replace("2024-10-01", "2025-08-31") + "annee_scolaire: 2024-2025\n",
    ],
)
def test_what_is_just_right_is_accepted(text: str) -> None:
    accepted(text)


def test_a_message_proposes_the_nearest_name_or_the_accepted_forms() -> None:
    assert sole_finding(f"{HEAD}servises: []\n").hints == ("vouliez-vous dire « services » ?",)
    hour = sole_finding(f"{HEAD}services: [{{heures: 18:30}}]\n")
    assert hour.hints[0] == "vouliez-vous dire « 18 h 30 » ?"
    assert "« 4 h 30 »" in hour.hints[1]
    form = sole_finding(f"{HEAD}etablissements: [{{uai: 130001A}}]\n")
    assert form.hints[0] == "forme attendue : 7 chiffres, une lettre majuscule"


def test_an_unknown_place_is_refused_with_the_nearest_one() -> None:
    text = f"{HEAD}{TWO_PLACES}services:\n  - {{heures: 1, etablissement: 0130003B}}\n"
    finding = sole_finding(text)
    assert place(finding) == ("E502", 8, 32)
    assert finding.hints == ("vouliez-vous dire « 0130002B » ?",)
    assert [(span.line, span.column) for span, _ in finding.labels] == [(4, 1)]


def test_a_place_is_unknown_when_the_record_lists_none() -> None:
    text = f"{HEAD}services: [{{heures: 1, etablissement: 0130001A}}]\n"
    assert place(sole_finding(text)) == ("E502", 4, 39)


def test_a_link_is_not_judged_while_a_place_is_itself_in_error() -> None:
    text = (
        f"{HEAD}etablissements: [{{uai: 130001A}}]\n"
        "services: [{heures: 1, etablissement: 0130001A}]\n"
    )
    assert str(sole_finding(text).code) == "E108"


def test_a_place_listed_twice_is_refused_at_both_places() -> None:
    finding = sole_finding(HEAD + TWO_PLACES.replace("0130002B", "0130001A"))
    assert place(finding) == ("E503", 6, 11)
    assert [(span.line, span.column) for span, _ in finding.labels] == [(5, 11)]


def test_two_main_places_are_refused_at_both_places() -> None:
    text = TWO_PLACES.replace("commune", "principal: true, commune")
    finding = sole_finding(HEAD + text)
    assert place(finding) == ("E510", 6, 32)
    assert [(span.line, span.column) for span, _ in finding.labels] == [(5, 32)]


def test_every_finding_of_a_record_is_reported_in_the_order_of_the_file() -> None:
    refusal = refused("""\
dossier: D-1
date: 2024-02-30
agent: {corps: certifié, quotite: 3}
sevices: []
services:
  - {niveau: cap_1, heurs: 2}
  - {heures: quatre}
""")
    assert refusal.ident == "D-1"
    assert [place(finding) for finding in refusal.diagnostics] == [
        ("E109", 2, 7),
        ("E106", 3, 16),
        ("E107", 3, 35),
        ("E103", 4, 1),
        ("E104", 6, 5),
        ("E103", 6, 21),
        ("E501", 7, 14),
    ]


def test_several_missing_keys_of_one_mapping_make_one_finding() -> None:
    finding = sole_finding("interrogations: 2\n")
    assert "« dossier », « date », « agent.corps »" in finding.message


def test_a_list_and_several_documents_are_read_in_order() -> None:
    body = "date: 2024-10-01, agent: {corps: plp}"
    outcomes = read(f"- {{dossier: A, {body}}}\n- {{dossier: B, {body}}}\n---\n{HEAD}")
    assert [outcome.ident for outcome in outcomes] == ["A", "B", "D-1"]
    assert all(isinstance(outcome, Record) for outcome in outcomes)


def test_a_bad_record_does_not_stop_the_others() -> None:
    outcomes = read(f"18\n---\n{HEAD}---\n- [1]\n")
    assert [type(outcome) for outcome in outcomes] == [Refusal, Record, Refusal]
    assert outcomes[0].ident is None
    assert isinstance(outcomes[2], Refusal)
    assert place(outcomes[2].diagnostics[0]) == ("E105", 7, 3)


def test_records_of_one_identifier_are_all_refused_and_show_another() -> None:
    found = read(f"{HEAD}---\n{HEAD}---\n{HEAD}")
    refusals = [one for one in found if isinstance(one, Refusal)]
    assert [one.ident for one in refusals] == ["D-1"] * 3
    findings = [finding for one in refusals for finding in one.diagnostics]
    assert [place(one) for one in findings] == [("E503", 1, 10), ("E503", 5, 10), ("E503", 9, 10)]
    shown = [[(span.line, words) for span, words in one.labels] for one in findings]
    assert shown == [[(5, "autre emploi")], [(1, "autre emploi")], [(1, "autre emploi")]]


def test_an_identifier_serves_once_even_if_a_record_is_refused_for_something_else() -> None:
    first, second = read(f"{HEAD}interrogations: -1\n---\n{HEAD}")
    assert isinstance(first, Refusal)
    assert isinstance(second, Refusal)
    assert [str(finding.code) for finding in first.diagnostics] == ["E503", "E107"]
    assert [str(finding.code) for finding in second.diagnostics] == ["E503"]


@pytest.mark.parametrize(
    "ident",
    [
        "' J-21'",
        "'J-21 '",
        "'J  21'",
        "'J\u00a021'",
        '"J\\u0000"',
        '"J\\t21"',
        '"J\\u200b"',
        '"e\\u0301"',
    ],
)
def test_identifiers_that_would_be_shown_alike_are_refused(ident: str) -> None:
    assert place(sole_finding(HEAD.replace("D-1", ident))) == ("E108", 1, 10)


@pytest.mark.parametrize(
    "ident", ["J-21", "J 21", "100", "'100'", "1e2", "É-\u0153 n° 2", "D\u2019A €", "a/b:c@d.e"]
)
def test_an_identifier_is_kept_as_it_is_written(ident: str) -> None:
    assert accepted(HEAD.replace("D-1", ident)).ident == ident.strip("'")


def test_an_empty_label_says_nothing_and_an_empty_code_is_refused() -> None:
    head = f'{HEAD}services: [{{heures: 1, division: ""'
    (line,) = accepted(f"{head}}}]\n").lines["services"]
    assert "division" not in line.values
    assert place(sole_finding(f'{head}, niveau: ""}}]\n')) == ("E106", 4, 46)


def test_a_default_identifier_serves_only_where_none_is_written() -> None:
    bare = HEAD.removeprefix("dossier: D-1\n")
    assert [one.ident for one in read(bare, default_ident="cas")] == ["cas"]
    assert [one.ident for one in read(HEAD, default_ident="cas")] == ["D-1"]
    assert place(sole_finding(bare)) == ("E104", 1, 1)


@pytest.mark.parametrize("written", ["2024-10-01", "2024-02-30", "null"])
def test_an_imposed_date_prevails_over_what_is_written(written: str) -> None:
    day = date(2020, 10, 1)
    (outcome,) = read(HEAD.replace("2024-10-01", written), override_day=day)
    assert isinstance(outcome, Record)
    assert (outcome.day, outcome.values["date"]) == (day, day)


def test_an_imposed_date_takes_the_place_of_the_date_and_of_the_year() -> None:
    text = f"{HEAD}annee_scolaire: 2024-2025\n"
    (outcome,) = read(text, override_day=date(2007, 1, 1))
    assert isinstance(outcome, Refusal)
    assert [str(finding.code) for finding in outcome.diagnostics] == ["E505"]
    (outcome,) = read(text, override_day=date(2019, 9, 1))
    assert isinstance(outcome, Record)
    assert outcome.values["annee.fin"] == date(2020, 8, 31)


@pytest.mark.parametrize("written", ["Saint-Rémy", "SAINT REMY", "saint rémy", "Saint  Rémy"])
def test_a_commune_is_the_same_however_it_is_written(written: str) -> None:
    text = f"{HEAD}etablissements: [{{uai: 0139911B, commune: {written}}}]\n"
    (outcome,) = read(text)
    assert isinstance(outcome, Record)
    assert outcome.lines["etablissements"][0].values["commune"] == "SAINT REMY"
