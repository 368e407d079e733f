"""What surprises in the days, the signature and the source of a version is told at its line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from engine.edition.plausibility import plausibility
from engine.evaluation.law import check_corpus
from tests.evaluation.kitchen import used
from tests.langage.bakery import FOLDER, sound_files

TODAY = date(2026, 11, 30)
FILE = "parametres/plafond_remise.yaml"
HEAD = (
    "parametres:\n  plafond_remise:\n    libelle: Remise la plus grande\n    unite: euros\n"
    "    valeurs:\n"
)
NAME = "« plafond_remise »"
KEPT = "« j1, p. 9 »"
SIGNED = "signe_le: 2026-11-01, signe_par: A. Roux"
OLD = [
    f'{{depuis: 2010-01-01, valeur: 50, source: "j1, p. 9", {SIGNED.replace("2026", "2009")}}}',
    '{depuis: 2000-01-01, valeur: 30.50, source: "j1, p. 8"}',
]


def told(version: str, *others: str, today: date | None = TODAY) -> list[tuple[int, str, str, str]]:
    """The line, code, message and way out of what is said of a version and of its neighbours."""
    text = HEAD + "".join(f"      - {one}\n" for one in (version, *(others or OLD)))
    contents = {**sound_files(), FILE: text.encode()}
    corpus, findings = check_corpus(replace(FOLDER, drafts=True), contents, "sha256:essai")
    assert corpus is not None, "\n".join(map(str, findings))
    return [
        (one.span.line, str(one.code), one.message, one.hints[0])
        for one in plausibility(corpus, today).findings
        if one.span.file.endswith(FILE) and one.code >= "W621"
    ]


def one(version: str, *others: str, today: date | None = TODAY) -> tuple[str, str, str]:
    """The only thing said, on the line of the version, the first of the values."""
    ((line, code, message, hint),) = told(version, *others, today=today)
    assert line == HEAD.count("\n") + 1
    return code, message, hint


def justify(code: str) -> str:
    return f"ou dites pourquoi : `justifie: [{{constat: {code}, le: …, raison: …}}]`"


def test_a_day_and_a_month_exchanged_are_seen() -> None:
    """2026-01-09 written for the 1st of September."""
    assert one('{depuis: 2026-01-09, valeur: 51, source: "j1, p. 10"}') == (
        "W621",
        "« plafond_remise » commence le 2026-01-09 : ni un premier du mois, ni le jour d'un texte",
        f"jour et mois échangés ? écrivez 2026-09-01, {justify('W621')}",
    )
    code, _, hint = one('{depuis: 2026-03-17, valeur: 51, source: "j1, p. 10"}')
    assert (code, hint) == ("W621", f"corrigez la date, {justify('W621')}")


def test_the_day_of_a_text_or_the_one_after_is_a_day_like_any_other() -> None:
    text = (
        'texte: arrete\nintitule: Arrêté\nnature: usage\ndate: 2026-03-16\nsource: "j1"\nregles:\n'
        '  essai: {libelle: Essai, unite: euros, article: "1", '
        "versions: [{depuis: 2026-03-16, valeur: 1}]}\n"
    ) + used("essai").replace("2000-01-01, si", "2026-04-01, si")
    text = text.replace("\ntexte: emploi", "\n---\ntexte: emploi")
    contents = {**sound_files(), "textes/zz.yaml": text.encode()}
    for day in ("2026-03-16", "2026-03-17"):
        new = f'{{depuis: {day}, valeur: 51, source: "j1, p. 10"}}'
        value = HEAD + "".join(f"      - {each}\n" for each in (new, *OLD))
        corpus, wrong = check_corpus(FOLDER, contents | {FILE: value.encode()}, "sha256:essai")
        assert corpus is not None, wrong
        found = plausibility(corpus, TODAY).findings
        assert [each for each in found if each.code == "W621"] == []


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("{depuis: 2062-09-01, statut: projet,", "il est loin dans l'avenir"),
        ("{depuis: 2062-09-01, signe_le: 2026-11-01, signe_par: A. Roux,",
         "il est loin dans l'avenir"),
        ("{depuis: 2005-09-01, statut: projet,",
         "la version du 2010-01-01, déjà en vigueur, commence après lui"),
        ("{depuis: 2025-09-01, statut: projet,",
         "c'est un projet, et il est loin dans le passé"),
    ],
)  # fmt: skip
def test_a_version_far_from_today_is_told(version: str, why: str) -> None:
    code, message, hint = one(f'{version} valeur: 51, source: "j1, p. 10"}}')
    since = re.search(r"\d{4}-\d\d-\d\d", version)
    assert since is not None
    assert (code, message) == ("W622", f"« plafond_remise » commence le {since[0]} : {why}")
    assert hint == f"vérifiez l'année, {justify('W622')}"


def test_a_draft_of_the_coming_year_or_of_the_last_months_is_usual() -> None:
    for since in ("2026-09-01", "2027-09-01"):
        assert told(f'{{depuis: {since}, statut: projet, valeur: 51, source: "j1, p. 10"}}') == []


def test_a_draft_mark_that_is_forgotten_is_told() -> None:
    assert one('{depuis: 2027-01-01, valeur: 51, source: "j1, p. 10"}') == (
        "W623",
        f"{NAME} : la version du 2027-01-01 est à venir, et n'est ni un projet ni signée",
        "ajoutez `statut: projet` ; après relecture, `statut: signee`, `signe_le` et `signe_par`",
    )
    assert told('{depuis: 2026-11-01, valeur: 51, source: "j1, p. 10"}') == []


def test_a_signature_or_a_check_to_come_is_told() -> None:
    way_out = "écrivez le jour où cela a été fait"
    signed = "signe_le: 2062-01-01, signe_par: A. Roux"
    assert one(f'{{depuis: 2026-09-01, valeur: 51, source: "j1, p. 10", {signed}}}') == (
        "W624",
        "« plafond_remise », version du 2026-09-01 : `signe_le: 2062-01-01` est un jour à venir",
        way_out,
    )
    assert one('{depuis: 2026-09-01, valeur: 51, source: "j1, p. 10", verifie_le: 2026-12-01}') == (
        "W624",
        "« plafond_remise », version du 2026-09-01 : `verifie_le: 2026-12-01` est un jour à venir",
        way_out,
    )


@pytest.mark.parametrize("state", ["statut: projet", "signe_le: 2026-11-01, signe_par: A. Roux"])
def test_the_old_source_kept_beside_a_new_value_is_told(state: str) -> None:
    assert one(f'{{depuis: 2026-09-01, valeur: 51, source: "j1, p. 9", {state}}}') == (
        "W625",
        f"{NAME}, version du 2026-09-01 : elle change, et sa source est celle d'avant, {KEPT}",
        f"écrivez la source de la nouvelle valeur, {justify('W625')}",
    )
    # a source still to be written
    if state == "statut: projet":
        left = "a_remplir: [source]"
        kept = f'{{depuis: 2026-09-01, valeur: 51, source: "j1, p. 9", {state}, {left}}}'
        assert told(kept) == []


@pytest.mark.parametrize(
    "version",
    [
        '{depuis: 2011-01-01, valeur: 50, source: "j1, p. 9"}',
        '{depuis: 2026-09-01, valeur: 50, source: "j1, p. 9", statut: projet}',
        f'{{depuis: 2026-09-01, valeur: 50, source: "j1, p. 9", {SIGNED}}}',
    ],
)
def test_a_version_that_says_the_same_as_the_one_before_is_told(version: str) -> None:
    """Copied, its date changed, and nothing else."""
    code, message, hint = one(version)
    said = "dit la même chose que celle du 2010-01-01"
    assert (code, message) == ("W628", f"{NAME} : la version du {version[9:19]} {said}")
    assert hint == "recopiée, sans rien changer que la date ? écrivez ce qui change, ou effacez-la"


def test_a_value_that_another_source_confirms_says_so_or_is_old() -> None:
    why = "justifie: [{constat: W628, le: 2026-11-01, raison: confirmée par l'arrêté de 2026}]"
    assert told(f'{{depuis: 2026-09-01, valeur: 50, source: "j1, p. 9", {SIGNED}, {why}}}') == []
    assert told(f'{{depuis: 2026-09-01, valeur: 50, source: "j1, p. 10", {SIGNED}}}') == []
    left = "statut: projet, a_remplir: [valeur, source]"
    assert told(f'{{depuis: 2026-09-01, valeur: 50, source: "j1, p. 9", {left}}}') == []


def ended(last: str) -> list[tuple[int, str, str]]:
    """The line, code and message of what is said of a value that ends on a day."""
    text = HEAD.replace("plafond_remise", "essai") + (
        f'      - {{depuis: 2010-01-01, jusqu_a: {last}, valeur: 50, source: "j1, p. 9"}}\n'
    )
    follows = (
        'texte: usage\nintitule: Usage\nnature: usage\ndate: 2000-01-01\nsource: "j1"\n'
        'regles:\n  suite: {libelle: Suite, unite: euros, article: "1", '
        "versions: [{depuis: 2012-01-06, valeur: 1}]}\n---\n"
    )
    contents = {
        **sound_files(), "parametres/essai.yaml": text.encode(),
        "textes/zz.yaml": (follows + used("essai", "suite")).encode(),
    }  # fmt: skip
    corpus, wrong = check_corpus(FOLDER, contents, "sha256:essai")
    assert corpus is not None, "\n".join(map(str, wrong))
    return [
        (each.span.line, str(each.code), each.message)
        for each in plausibility(corpus, TODAY).findings if "essai" in each.message
    ]  # fmt: skip


def test_a_last_day_that_no_version_nor_month_follows_is_told() -> None:
    line, said = HEAD.count("\n") + 1, "« essai » finit le"
    assert ended("2025-08-13") == [
        (line, "W621", f"{said} 2025-08-13 : ni la fin d'un mois, ni la veille d'un texte")
    ]
    assert ended("2062-08-31") == [(line, "W622", f"{said} 2062-08-31 : c'est loin dans l'avenir")]
    assert ended("2025-08-31") == []
    assert ended("2012-01-05") == []  # another version begins on the day after


def test_the_last_day_of_a_code_is_looked_at_too() -> None:
    name = "nomenclatures/paniers.yaml"
    text = sound_files()[name].decode()
    places = {}
    why = "justifie: [{constat: W621, le: 2026-11-01, raison: le jour de l'arrêté de 2025}]"
    for last in ("2025-08-13", "2062-08-31", "2025-08-31", f"2025-08-14, {why}"):
        edited = text.replace("libelle: Carton}", f"libelle: Carton, jusqu_a: {last}}}")
        corpus, wrong = check_corpus(FOLDER, {**sound_files(), name: edited.encode()}, "sha256:e")
        assert corpus is not None, wrong
        places[last] = [
            (each.span.line, str(each.code), each.message)
            for each in plausibility(corpus, TODAY).findings if each.span.file.endswith(name)
        ]  # fmt: skip
    line = text[: text.index("carton")].count("\n") + 1
    said = "« carton » (paniers) finit le"
    assert places == {
        "2025-08-13": [
            (line, "W621", f"{said} 2025-08-13 : ni la fin d'un mois, ni la veille d'un texte")
        ],
        "2062-08-31": [(line, "W622", f"{said} 2062-08-31 : c'est loin dans l'avenir")],
        "2025-08-31": [],
        f"2025-08-14, {why}": [],
    }


def test_a_justification_or_a_publication_to_come_is_told() -> None:
    why = "justifie: [{constat: W622, le: 2062-11-01, raison: un essai voulu}]"
    draft = f'{{depuis: 2005-09-01, statut: projet, valeur: 51, source: "j1, p. 10", {why}}}'
    assert one(draft) == (
        "W624",
        f"{NAME}, version du 2005-09-01, justification : `le: 2062-11-01` est un jour à venir",
        "écrivez le jour où cela a été fait",
    )
    printed = '{depuis: 2013-09-01, valeur: 51, source: "j1, p. 10", publie_le: 2062-07-01}'
    code, message, _ = one(printed)
    assert code == "W624"
    assert message == f"{NAME}, version du 2013-09-01 : `publie_le: 2062-07-01` est un jour à venir"


def test_a_signer_or_a_reason_of_one_letter_is_refused() -> None:
    for key, value in (("signe_par", "x"), ("signe_par", "?"), ("verifie_par", "n° 42")):
        signed = f"{SIGNED}, {key}: {value}"
        if key == "signe_par":
            signed = f"signe_le: 2026-11-01, signe_par: '{value}'"
        assert refused(f'{{depuis: 2026-09-01, valeur: 51, source: "j1, p. 10", {signed}}}') == [
            ("E108", f"« {value} » n'a pas la forme attendue",
             "forme attendue : le nom d'une personne, ou d'un service : Camille Bernard"),
        ]  # fmt: skip
    for reason in ("x", "ok", "vu", "..."):
        why = f"justifie: [{{constat: W622, le: 2026-11-01, raison: {reason}}}]"
        ((code, message, _),) = refused(
            f'{{depuis: 2005-09-01, valeur: 51, source: "j1, p. 10", {why}}}'
        )
        assert (code, message) == ("E108", f"« {reason} » n'a pas la forme attendue")


def refused(version: str) -> list[tuple[str, str, str]]:
    """The code, message and way out of each error in a version."""
    text = HEAD + "".join(f"      - {each}\n" for each in (version, *OLD))
    corpus, findings = check_corpus(FOLDER, {**sound_files(), FILE: text.encode()}, "sha256:essai")
    assert corpus is None
    assert {each.span.line for each in findings} == {HEAD.count("\n") + 1}
    return [(str(each.code), each.message, each.hints[0]) for each in findings]


def test_a_reason_silences_it_and_stays_when_time_has_passed() -> None:
    why = "justifie: [{constat: W622, le: 2026-11-01, raison: un essai voulu}]"
    draft = f'{{depuis: 2005-09-01, statut: projet, valeur: 51, source: "j1, p. 10", {why}}}'
    assert told(draft) == []
    assert told(draft.replace("statut: projet, ", "")) == []


def test_without_a_day_nothing_is_said_of_what_is_to_come() -> None:
    assert told('{depuis: 2062-09-01, valeur: 51, source: "j1, p. 10"}', today=None) == []


def calendar(head: str, year: int = 2027) -> list[tuple[int, str, str, str]]:
    """The line, code, message and way out of what is said of a calendar."""
    text = (
        f"calendrier: marches\nlibelle: Marchés\nannee: {year}-{year + 1}\nsecteur: public\n"
        f'source: "j1"\n{head}campagnes:\n'
        f"  - {{nom: Avent, type: initiale, debut: {year}-12-01, fin: {year}-12-15}}\n"
    )
    contents = {**sound_files(), "calendriers/a.yaml": text.encode()}
    corpus, findings = check_corpus(replace(FOLDER, drafts=True), contents, "sha256:essai")
    assert corpus is not None, "\n".join(map(str, findings))
    return [
        (one.span.line, str(one.code), one.message, one.hints[0])
        for one in plausibility(corpus, TODAY).findings
        if one.span.file.endswith("a.yaml")
    ]


def test_a_calendar_to_come_is_a_draft_or_signed() -> None:
    assert calendar("") == [(
        1, "W623",
        "« marches » commence le 2027-12-01 : à venir, et ni en projet ni signé",
        "ajoutez `statut: projet` ; après relecture, `statut: signee`, `signe_le` et `signe_par`",
    )]  # fmt: skip
    assert calendar("statut: projet\n") == []
    assert calendar("", year=2025) == []
    signed = "statut: signee\nsigne_par: A. Roux\nsigne_le: {}\n"
    assert calendar(signed.format("2026-11-01")) == []
    told = calendar(signed.format("2026-12-01"))
    assert told == [(
        8, "W624", "calendrier « marches » : `signe_le: 2026-12-01` est un jour à venir",
        "écrivez le jour où cela a été fait",
    )]  # fmt: skip
