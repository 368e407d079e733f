"""A rule called like anything that a compiled form holds changes no amount, or is refused."""

from __future__ import annotations

import builtins
import json
import keyword
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

import duckdb
import pytest

from engine.dossiers.read import read_records
from engine.evaluation.compilation.build import Demand, compile_law
from engine.evaluation.compilation.names import EPOCH_COLUMN
from engine.evaluation.compilation.program import Pass
from engine.evaluation.law import Law, check_corpus, corpus_folder, read_folder, schemas_of
from engine.evaluation.outcomes import NotComputable
from engine.evaluation.results import compute
from engine.evaluation.show import exact_text
from engine.langage.corpus import NOT_COMPUTED
from engine.langage.inputs import Field
from engine.langage.pipeline import day_check
from engine.langage.records import Record
from engine.module.host import Module, build
from engine.source.diagnostics import Diagnostic
from engine.source.files import read_documents
from engine.sql.duck import Chunks, connect
from engine.sql.exchange import ANSWERS, KNOWN_TEXTS, MISSING, TEXTS, needed_of, results_query
from engine.sql.fragments import quoted
from engine.sql.prepare import DOUBT, NUMBER, PLACE, RANK, prepare
from engine.sql.reader import doubtful_records
from engine.sql.tables import TableSource, table_columns
from tests.evaluation.kitchen import added, rule
from tests.langage.bakery import FOLDER, check, sound_files
from tests.sql.tables import law as real
from tests.sql.test_parity import told

RULE = re.compile("[a-z][a-z0-9_]*")  # what a rule may be called, as schemas/texte.v1.json says


BAKERY = sound_files()["textes/code-fournil.yaml"].decode()


def files_of(rules: str, results: Sequence[str]) -> dict[str, str]:
    """What the bakery does not have: ``rules``, ``results`` shown besides."""
    shown = ", ".join(f"'{one}'" for one in ("chauffe_totale", *results))
    chauffe = rule("chauffe_totale", "somme: chauffe, de: fours", unit="minutes")
    files = added(
        chauffe + rules,
        f"resultats:\n  depuis: 2000-01-01\n  sections: [{{titre: Essai, noms: [{shown}]}}]\n"
        "  tableau: [pieces]\n",
    )
    # no back end reads a rule of the line that another refers to
    return files | {"textes/code-fournil.yaml": BAKERY.replace("four.chauffe", "four.prechauffage")}


def bakery(rules: str = "", results: Sequence[str] = ()) -> tuple[Law | None, list[Diagnostic]]:
    """The law of the bakery, which a back end can count: a step for each number of an order."""
    corpus, findings = check(files_of(rules, results))
    if corpus is None:
        return None, list(findings)
    model = corpus.model
    whole = replace(
        model,
        fields=tuple(map(stepped, model.fields)),
        collections=tuple(
            replace(one, fields=tuple(map(stepped, one.fields))) for one in model.collections
        ),
    )
    return Law(replace(corpus, model=whole)), list(findings)


@cache
def sound() -> Law:
    under, findings = bakery()
    assert under is not None, findings
    return under


def stepped(field: Field) -> Field:
    numbers = field.kind == "nombre" and field.multiple_of is None
    return replace(field, multiple_of=Fraction(1, 100)) if numbers else field


# --- every name that the compiled forms of a law hold


def raw(under: Law) -> Mapping[str, TableSource]:
    """A raw table of texts for each table of records."""
    key = under.corpus.model.role("identifiant").name
    found = {}
    for table, columns in table_columns(under.corpus.model).items():
        names = {one.prepared: one.name for one in columns} | {key: key}
        types = dict.fromkeys(names, "VARCHAR")
        found[table] = TableSource(f'"{table}"', types, names, f"'{table}'", "rang", "rang")
    return found


def statements(under: Law, module: Module) -> Iterator[str]:
    """Every statement of a campaign that names something of the law."""
    corpus, sources = under.corpus, raw(under)
    model, first = corpus.model, corpus.first_day
    needed = needed_of(model, [module.layout])
    known = {name: {one.field.name for one in columns if one.field.kind == "nombre"}
             for name, columns in table_columns(model).items()}  # fmt: skip
    for already in ({}, known):
        yield from prepare(model, sources, needed, first, already).values()
    yield doubtful_records(model, sources)
    yield results_query(corpus, module)


def written_names(under: Law) -> set[str]:
    """Every identifier of every form of the law, whatever it names."""
    module = build(compile_law(under, range(len(under.corpus.starts))), alarms=True)
    program = module.program
    found = {one.name for one in program.columns} | {one.name for one in program.sources}
    found |= {one.name for step in program.steps if isinstance(step, Pass) for one in step.totals}
    found |= {ANSWERS, KNOWN_TEXTS, MISSING, TEXTS, NUMBER, PLACE, RANK, DOUBT, EPOCH_COLUMN}
    for text in statements(under, module):
        found |= set(re.findall("[A-Za-z_][A-Za-z0-9_]*", text))
    return found


@cache
def tried() -> tuple[str, ...]:
    """What a rule may be called: such names, what they are without their mark, reserved words."""
    found = {one.lower() for one in written_names(sound())}
    found |= {re.sub(r"^_+(?:[a-z]+[0-9]*_)?", "", one) for one in found}
    found |= {one.replace(".", "_") for one in found}
    fields = {f"{one}_{two}" for one in ("client", "fournees") for two in ("fidele", "quantite")}
    ends = ("manque", "sur", "lignes", "somme", "somme_2", "existe", "bits", "2", "1")
    found |= fields | {f"total__{end}" for end in ends} | {"rowid", "ctid", "epoque", "numero"}
    found |= {one.lower() for one in (*keyword.kwlist, *keyword.softkwlist, *dir(builtins))}
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
        )
        found |= {str(name) for (name,) in rows.fetchall()}
    return tuple(sorted(one for one in found if RULE.fullmatch(one)))


# --- rules of these names


BODIES = (
    "valeur: pieces + {place}",
    "somme: quantite + {place}, de: fournees, si: bio",
    "valeur: si requis(distance) > 1 alors pieces sinon 3",
    "valeur: 'défaut(si présent(distance) alors pieces sinon sans_objet, sans_objet)'",
    "max: quantite, de: fournees, sinon: {place}",
)


def of_records(names: Sequence[str]) -> tuple[str, Sequence[str]]:
    """A rule of the record of each name, of every kind of column in turn; all are results."""
    rules = [
        rule(name, BODIES[place % len(BODIES)].format(place=place))
        for place, name in enumerate(names)
    ]
    return "".join(rules), names


def of_lines(names: Sequence[str]) -> tuple[str, Sequence[str]]:
    """A rule of the line of each name; their totals are results."""
    lines = [
        rule(name, f"valeur: quantite + {place}", head=" portee: fournees,")
        for place, name in enumerate(names)
    ]
    totals = [f"total_{place}_des_essais" for place, _ in enumerate(names)]
    sums = [
        rule(total, f"somme: '{name}', de: fournees")
        for total, name in zip(totals, names, strict=True)
    ]
    return "".join(lines + sums), totals


def kept(
    names: Sequence[str], shape: Callable[[Sequence[str]], tuple[str, Sequence[str]]]
) -> tuple[Law, Sequence[str], frozenset[str]]:
    """The law with rules of these names, its results, and the names that it refuses."""
    texts = {name: content.decode() for name, content in sound_files().items()}
    schemas, _ = schemas_of(FOLDER)
    refused = set()
    for one in day_check([*(texts | files_of(*shape(names))).items()], schemas).symbols.findings:
        if one.code in {"E217", "E202"}:
            refused |= set(re.findall("« ([a-z0-9_]+) »", one.message)[:1])
    rules, results = shape([one for one in names if one not in refused])
    under, findings = bakery(rules, results)
    assert under is not None, findings
    return under, results, frozenset(refused)


def orders(under: Law) -> tuple[Record, ...]:
    """Orders of several epochs, with lines and without."""
    head = "{commande: D-%d, livree_le: %d-03-04, client: {%s}%s}"
    bread = ", fournees: [{produit: pain, quantite: 7}, {produit: pain, quantite: 5, bio: true}]"
    cake = ", fours: [{repere: A}], fournees: [{produit: brioche, quantite: 60, four: A}]"
    texts = (
        head % (1, 2002, "categorie: cantine, bon_reduction: 2", bread),
        head % (2, 2013, "categorie: association, fidele: true", ""),
        head % (3, 2024, "categorie: particulier", f", distance: 4.5{cake}"),
    )
    found = []
    for text in texts:
        documents, findings = read_documents("essai.yaml", text)
        assert findings == ()
        corpus = under.corpus
        (record,) = read_records(documents, corpus.model, first_day=corpus.first_day)
        assert isinstance(record, Record), record
        found.append(record)
    return tuple(found)


def filled(
    connection: duckdb.DuckDBPyConnection, under: Law, records: Sequence[Record]
) -> Mapping[str, TableSource]:
    """The raw tables of some records."""
    sources, key = raw(under), under.corpus.model.role("identifiant").name
    for table, columns in table_columns(under.corpus.model).items():
        names = list(sources[table].names.values())
        listed = ", ".join(f"{quoted(name)} VARCHAR" for name in names)
        connection.execute(f"CREATE TABLE {quoted(table)} ({listed}, rang BIGINT)")
        for record in records:
            lines = [one.values for one in record.lines.get(table, ())]
            for values in [record.values] if table == under.corpus.model.table else lines:
                row = {one.name: values.get(one.field.name) for one in columns}
                row[key] = record.ident
                cells = [None if row[name] is None else as_text(row[name]) for name in names]
                marks = ", ".join("?" * (len(cells) + 1))
                connection.execute(f"INSERT INTO {quoted(table)} VALUES ({marks})", [*cells, 1])
    return sources


def as_text(value: object) -> str:
    text = exact_text(value, 6) if isinstance(value, Fraction) else str(value)
    return text.lower() if isinstance(value, bool) else text


def by_duckdb(
    under: Law, results: Sequence[str], records: Sequence[Record], epochs: Sequence[int]
) -> Mapping[str, Mapping[str, object]]:
    """Each result of each record, as a campaign gives it."""
    with connect(None, 2, "") as connection:
        asked = Demand(tuple(results))
        module = build(compile_law(under, epochs, asked=asked), alarms=True)
        needed = needed_of(under.corpus.model, [module.layout])
        sources = filled(connection, under, records)
        chunks = Chunks(connection, under.corpus, epochs, needed, sources)
        assert chunks.compute(module).computed == len(records)
        found = connection.execute("SELECT * FROM resultats")
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return {row[chunks.key]: row for row in rows}


def disagreements(
    under: Law, results: Sequence[str], records: Sequence[Record], epochs: Sequence[int]
) -> list[str]:
    """What the module or DuckDB says that the interpreter does not."""
    made = build(compile_law(under, epochs, asked=Demand(tuple(results))))
    rows = by_duckdb(under, results, records, epochs)
    wrong = []
    for record in records:
        row = rows[record.ident]
        lacking = str(row[NOT_COMPUTED] or "").split(",")
        (found,) = made.outcomes([record], [under.corpus.epoch_number(record.day)])
        for name, known in compute(under, record, wanted=results).values.items():
            cell = row[name]
            given = cell if not isinstance(cell, Decimal) else Fraction(cell)
            same = given == (known if isinstance(known, Fraction | bool) else None)
            same = same and (name in lacking) == isinstance(known, NotComputable)
            if not same or told(known) != told(found[name]):
                wrong.append(f"{record.ident} {name}: {known} / {cell} / {found[name]}")
    return wrong


@pytest.mark.parametrize("shape", [of_records, of_lines])
def test_a_rule_called_like_what_a_compiled_form_holds(
    shape: Callable[[Sequence[str]], tuple[str, Sequence[str]]],
) -> None:
    rules = {one.name for one in sound().corpus.rules}
    names = [one for one in tried() if one not in rules]
    assert len(names) > 400
    under, results, refused = kept(names, shape)
    assert {"lambda", "non_calculables", "livree_le", "commande"} <= refused
    assert refused.isdisjoint({"numero", "select", "valeur", "fournees_quantite", "len", "max"})
    records = orders(under)
    epochs = sorted({under.corpus.epoch_number(record.day) for record in records})
    assert len(epochs) == len(records)
    assert disagreements(under, results, records, epochs) == []


RENAMED = {
    "ponderation_brute": "numero",
    "heures_rep_plus": "agent_quotite",
    "ligne_rep_plus": "services_heures",
    "ligne_cycle_terminal": "services_niveau",
}


def test_rules_of_the_real_law_called_like_a_field_or_a_number_change_no_amount() -> None:
    """Four rules whose new names gave other amounts, a trace or a crash."""
    folder = corpus_folder(None)
    contents, digest, _ = read_folder(folder)
    words = re.compile(rf"\b({'|'.join(RENAMED)})\b")
    files = {
        name: words.sub(lambda found: RENAMED[found[0]], content.decode()).encode()
        for name, content in contents.items()
    }
    corpus, findings = check_corpus(folder, files, digest)
    assert corpus is not None, findings
    agent = {"corps": "certifie", "grade": "classe_normale", "quotite": 0.5}
    services = [
        {"heures": 9, "niveau": "terminale_generale"},
        {"heures": 3.5, "niveau": "troisieme", "etablissement": "0130001A"},
    ]
    places = [{"uai": "0130001A", "classement": "rep_plus", "principal": True}]
    texts = [
        {
            "dossier": f"D-{place}",
            "date": "2024-10-01",
            "agent": agent,
            "services": lines,
            "etablissements": places,
        }
        for place, lines in enumerate((services, services[1:]), 1)
    ]
    documents, _ = read_documents("essai.json", json.dumps(texts))
    found = read_records(documents, corpus.model, first_day=corpus.first_day)
    records = [one for one in found if isinstance(one, Record)]
    assert len(records) == len(texts), found
    amounts = ("hsa", "ponderation", "heures_enseignement")
    under, epoch = Law(corpus), corpus.epoch_number(records[0].day)
    assert disagreements(under, amounts, records, [epoch]) == []
    for record in records:
        values = compute(under, record, wanted=amounts).values
        assert values == compute(real(), record, wanted=amounts).values
        assert any(values.values())
