"""The effect of a change over tables is that of the interpreter, and so is the share of each edit.

The reference is written here: every record computed by the interpreter under the law of every group
of edits, and shares worked out from the sums of all of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import duckdb
import pytest

from bench.population import generate
from engine.effet.weigh import SCALE, Found, Measure, moved, weigh
from engine.evaluation.causes import Mixture, relevance, same_epochs
from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law, corpus_folder, law_of
from engine.evaluation.shapley import shares, subsets
from engine.langage.records import Record
from engine.sql.campaign import Settings, open_database, raw_sources
from engine.sql.inputs.open import open_inputs
from engine.sql.reader import Reader
from tests.ligne_de_commande.commande import copied_rules
from tests.sql.tables import law

TEACHERS = 15
# Each is one edit: a rate, a threshold that decides, rows of two tables, a formula, a reading.
EDITS: tuple[tuple[str, str, str], ...] = (
    ("parametres/indices.yaml", "      - {depuis: 2023-07-01, valeur: 59.0734,",
     ('      - {depuis: 2024-09-01, valeur: 60.1234, source: "faits, B"}\n'
      "      - {depuis: 2023-07-01, valeur: 59.0734,")),
    ("textes/decret-2014-940.yaml", '- {depuis: 2015-09-01, valeur: 1, source: "faits, A"}',
     '- {depuis: 2015-09-01, valeur: 0.5, source: "faits, A"}'),
    ("textes/decret-2014-940.yaml", "- [[certifie, plp, adjoint_enseignement], 18]",
     "- [[certifie, plp, adjoint_enseignement], 17]"),
    ("textes/decret-2015-475.yaml", "- [625, 625]", "- [625, 650.50]"),
    ("textes/decret-2015-475.yaml", "- [1250, 1250]", "- [1250, 1300.50]"),
    ("textes/decret-2015-475.yaml", "valeur: taux_imp * part_imp_versee * part_imp_maintenue",
     "valeur: taux_imp * part_imp_versee * part_imp_maintenue * 1.01"),
    ("lectures.yaml", "retenue: favorable", "retenue: {other}"),
)  # fmt: skip


def other_reading() -> str:
    """The option that is not retained of the point edited."""
    point = law().corpus.points["cycle-terminal-rep-plus"]
    return next(one for one in point.options if one != point.retained)


@cache
def edited(count: int = len(EDITS)) -> Law:
    """The corpus with the first edits."""
    with tempfile.TemporaryDirectory() as folder:
        rules = copied_rules(Path(folder))
        for file, old, new in EDITS[:count]:
            text = (rules / file).read_text(encoding="utf-8")
            text = text.replace("    valeur_egale: taux\n", "")  # these rates are not their keys
            assert text.count(old) == 1, old
            changed = text.replace(old, new.replace("{other}", other_reading()))
            (rules / file).write_text(changed, encoding="utf-8")
        # Shown as the rules of the checkout: the files that were not edited are read already.
        found, findings = law_of(replace(corpus_folder(rules), shown="regles"))
    assert found is not None, findings
    return found


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("population") / "tables"
    generate(TEACHERS, folder)
    return folder


@pytest.fixture(scope="module")
def changed(population: Path) -> Path:
    """The same teachers: one in three with an hour more, one gone, one whose tables only moved."""
    folder = population.parent / "corrigee"
    folder.mkdir()
    with duckdb.connect() as link:
        for file in population.glob("*.parquet"):
            more = "REPLACE (CASE WHEN num % 3 = 0 THEN heures + 1 ELSE heures END AS heures)"
            listed = f"* EXCLUDE (num) {more if file.stem == 'services' else ''}"
            number = "CAST(SUBSTR(dossier, 3) AS INTEGER) AS num"
            link.execute(
                f"COPY (SELECT {listed} FROM (SELECT *, {number} FROM '{file}') "
                f"WHERE num <> 5 ORDER BY dossier) TO '{folder / file.name}'"
            )
    return folder


def measured(
    laws: tuple[Law, Law], new: Path, old: Path | None, folder: Path, year: int | None = None
) -> tuple[Found, list[tuple[object, ...]]]:
    """The effects, and the records that differ: key, difference, own part."""
    corpus = laws[1].corpus
    assert corpus.effects is not None
    asked = Measure(corpus.effects.total, corpus.effects.by, year)
    settings = Settings(None, {}, chunk=1000)
    with open_database(settings, str(folder)) as link:
        first = corpus.first_day
        tables = [None if one is None else open_inputs(link, one, corpus.model, first, folder)[0]
                  for one in (new, old)]  # fmt: skip
        assert tables[0] is not None
        parts = Path(tempfile.mkdtemp(dir=folder))
        pair = (tables[0], tables[1])
        found = weigh(link, laws, pair, asked, settings, parts, lambda _done, _all: None)
        rows = link.execute(
            f"SELECT cle, ecart, du_dossier FROM read_parquet('{parts}/*.parquet') ORDER BY cle"
        ).fetchall()
    return found, rows


@cache
def records(tables: Path) -> Mapping[str, Record]:
    """Every record of the tables, as the interpreter reads it; no edit changes the model."""
    corpus = law().corpus
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as link:
        opened, _ = open_inputs(link, tables, corpus.model, corpus.first_day, Path(folder))
        assert opened is not None
        views = raw_sources(link, opened)
        keys = link.execute(f"SELECT dossier FROM '{tables}/agents.parquet'").fetchall()
        idents = [key for (key,) in keys]
        found = Reader(corpus.model, views, corpus.first_day).records(link, idents, "population")
    assert set(found) == set(idents)
    return found


def sums(found: Law, people: Iterable[Record], names: Iterable[str], years: int = 0) -> Fraction:
    """What the interpreter gives of all these records, in all."""
    total = Fraction(0)
    for one in people:
        machine = Interpreter(found.corpus, found.epoch(moved(one.day, years)), one)
        for name in names:
            value = machine.step(name).value
            total += value if isinstance(value, Fraction) else 0
    return total


def due(found: Law, people: Iterable[Record], amounts: Iterable[str], years: int = 0) -> Fraction:
    """What is due in all: the total of each record, or its amounts when the total has a lack.

    The amounts that the run weighed are summed when another amount makes the total not computable.
    """
    total = Fraction(0)
    for one in people:
        machine = Interpreter(found.corpus, found.epoch(moved(one.day, years)), one)
        whole = isinstance(machine.step("total_annuel").value, Fraction)
        total += sums(found, [one], ["total_annuel"] if whole else amounts, years)
    return total


def mixture_of(laws: tuple[Law, Law], days: Iterable[Record]) -> Mixture:
    before, after = same_epochs(laws[0].corpus, laws[1].corpus)
    return Mixture(before, after, epoch_numbers(Law(after), {one.day for one in days}))


def reference(
    mixture: Mixture, people: Iterable[Record], amounts: Iterable[str]
) -> Mapping[int, Fraction]:
    """The shares, from the sums under the law of every group of edits."""
    listed = list(people)
    everything = frozenset(range(len(mixture.causes)))
    values = {some: sums(mixture.law(some), listed, amounts) for some in subsets(everything)}
    return shares(everything, values)


def shares_of(found: Found) -> dict[int, Fraction]:
    """The shares that the run gives, by edit, in euros."""
    total: dict[int, Fraction] = {}
    for (amount, players), one in found.effects.sums.items():
        assert amount in found.measured.weighed
        values = {frozenset(player for player in players if player <= edits): Fraction(value, 100)
                  for edits, value in one.between.items()}  # fmt: skip
        for player, part in shares(frozenset(players), values).items():
            (edit,) = player
            total[edit] = total.get(edit, Fraction(0)) + part
    return total


def test_the_two_ends_of_a_mixture_are_the_two_laws(population: Path) -> None:
    laws = law(), edited()
    people = list(records(population).values())
    mixture = mixture_of(laws, people)
    total = ("total_annuel",)
    everything = frozenset(range(len(mixture.causes)))
    assert sums(mixture.law(frozenset()), people, total) == sums(laws[0], people, total)
    assert sums(mixture.law(everything), people, total) == sums(laws[1], people, total)
    assert len(everything) == len(EDITS)


def test_the_share_of_each_edit_is_its_average_over_every_order(
    population: Path, tmp_path: Path
) -> None:
    laws = law(), edited()
    found, _ = measured(laws, population, None, tmp_path)
    people = records(population)
    mixture = mixture_of(laws, people.values())
    matters = relevance(mixture, found.amounts)
    expected: dict[int, Fraction] = {}
    for amount in found.amounts:
        # Worked out over the edits that the amount rests on: the others change nothing.
        own = sorted(matters.of[amount])
        values = {some: sums(mixture.law(some), people.values(), [amount]) for some in subsets(own)}
        for edit, part in shares(frozenset(own), values).items():
            expected[edit] = expected.get(edit, Fraction(0)) + part
    given = shares_of(found)
    assert {edit: part for edit, part in given.items() if part} == {
        edit: part for edit, part in expected.items() if part
    }
    assert sum(part != 0 for part in expected.values()) > 4  # most of the edits do something
    total = [due(one, people.values(), found.amounts) for one in laws]
    assert sum(given.values(), Fraction(0)) == total[1] - total[0]


def test_an_edit_that_an_amount_does_not_rest_on_changes_nothing(population: Path) -> None:
    laws = law(), edited()
    people = list(records(population).values())
    mixture = mixture_of(laws, people)
    names = ["montant_hsa_annuel", "imp", "isoe_fixe"]
    matters = relevance(mixture, names)
    none = {name: sums(mixture.law(frozenset()), people, [name]) for name in names}
    aside = 0
    for edit in range(len(mixture.causes)):
        alone = mixture.law(frozenset({edit}))
        for name in names:
            if edit not in matters.of[name]:
                aside += 1
                assert sums(alone, people, [name]) == none[name]
    assert aside > len(names)


def test_what_changed_in_each_record_is_a_cause_of_its_own(
    population: Path, changed: Path, tmp_path: Path
) -> None:
    laws = law(), edited(3)
    found, rows = measured(laws, changed, population, tmp_path)
    old, new = records(population), records(changed)
    mixture = mixture_of(laws, [*old.values(), *new.values()])
    everything = frozenset(range(len(mixture.causes)))
    names = found.amounts
    # The whole effect, record by record: the new law on the new record, less the old on the old.
    before, after = mixture.law(frozenset()), mixture.law(everything)
    moves = {
        key: due(after, [new[key]] if key in new else [], names) - due(before, [old[key]], names)
        for key in old
    }
    assert {key: Fraction(int(str(move)), 100) for key, move, _ in rows if move} == {
        key: move for key, move in moves.items() if move
    }
    own = {str(key): Fraction(int(str(part)), 100 * SCALE) for key, _, part in rows if part}
    touched = {key for key in old if int(key[2:]) % 3 == 0 or int(key[2:]) == 5}
    assert set(own) <= touched
    key = min(own)
    data = len(mixture.causes)
    values = {
        some: due(mixture.law(some - {data}),
                   ([new[key]] if key in new else []) if data in some else [old[key]], names)
        for some in subsets(everything | {data})
    }  # fmt: skip
    assert own[key] == shares(everything | {data}, values)[data]
    assert shares_of(found)[data] == sum(own.values(), Fraction(0))
    assert sum(shares_of(found).values(), Fraction(0)) == sum(moves.values(), Fraction(0))


def test_the_law_of_another_year_is_applied_to_the_same_services(
    population: Path, tmp_path: Path
) -> None:
    # Two years later; the ends only: the shares are the same computation.
    laws = law(), edited()
    found, _ = measured(laws, population, None, tmp_path, year=2026)
    people = list(records(population).values())
    assert found.years == 2
    sides = [due(one, people, found.amounts, years=2) for one in laws]
    assert sum(shares_of(found).values(), Fraction(0)) == sides[1] - sides[0] != 0


def test_the_same_law_has_no_effect(population: Path, tmp_path: Path) -> None:
    corpus = law().corpus
    asked = Measure("total_annuel", ())
    with open_database(Settings(None, {}), str(tmp_path)) as link:
        tables, _ = open_inputs(link, population, corpus.model, corpus.first_day, tmp_path)
        assert tables is not None
        found = weigh(link, (law(), law()), (tables, None), asked, Settings(None, {}), tmp_path,
                      lambda _done, _all: None)  # fmt: skip
    assert found.amounts == ()
    assert found.effects.read == TEACHERS


def test_a_line_that_is_refused_before_any_table_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "dossiers.jsonl"
    sound = '{"dossier": "D-1", "date": "2024-10-01", "agent": {"corps": "certifie"}}'
    refused = sound.replace("D-1", "D-2").replace("certifie", "")
    path.write_text(f"{sound}\n{refused}\n", encoding="utf-8")
    corpus = law().corpus
    asked = Measure("total_annuel", ())
    with open_database(Settings(None, {}), str(tmp_path)) as link:
        tables, _ = open_inputs(link, path, corpus.model, corpus.first_day, tmp_path)
        assert tables is not None
        found = weigh(link, (law(), law()), (tables, None), asked, Settings(None, {}), tmp_path,
                      lambda _done, _all: None)  # fmt: skip
    assert (found.effects.read, found.effects.refused) == (2, 1)
