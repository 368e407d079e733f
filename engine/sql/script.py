"""The SQL of the law as a script that people read and run where their data is.

Tables are those of the contract, clean already: typed columns, one row per record in the first. The
script makes a relation per step, each column preceded by its rule and its article.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sqlglot import exp

from engine.evaluation.compilation.names import DENOMINATOR, MASK, marked
from engine.evaluation.compilation.program import Program
from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.law import Law
from engine.langage.corpus import Epoch
from engine.sql.columns import table_columns
from engine.sql.fragments import quoted
from engine.sql.plan import COMPUTED, Manners, Plan, plan, with_epoch
from engine.sql.postgres_dialect import postgres_sql
from engine.sql.prepare import Manner, prepare, prepared_view
from engine.sql.sources import Source
from engine.sql.spark_dialect import spark_sql
from engine.sql.table_readings import links_to

_TYPES: Final[Mapping[str, str]] = {
    "nombre": "DECIMAL(18, 6)", "booleen": "BOOLEAN", "date": "DATE", "code": "VARCHAR",
    "texte": "VARCHAR",
}  # fmt: skip


def script(
    law: Law,
    days: Sequence[date],
    dialect: str,
    *,
    readings: Mapping[str, str] | None = None,
    wanted: Sequence[str] | None = None,
) -> str:
    """The whole script, in ``dialect`` (duckdb, spark or postgres).

    Args:
        law: the corpus.
        days: the dates of the records: the law in force on each of them is written.
        dialect: where the script runs.
        readings: the option to take at some contested points.
        wanted: the results, all of them when None.

    Raises:
        OffGridError, UnsupportedError, TooWideError: see ``plan``.
    """
    epochs = epoch_numbers(law, days)
    made = plan(law, epochs, readings=readings, wanted=wanted, manners=Manners(anomalies=False))
    model = law.corpus.model
    sources = _given(law)
    notes = _notes(law, made, epochs)
    used = {model.table, *(one.scope for one in made.program.sources)}
    lines = [
        f"-- réglo, règles {law.corpus.digest}",
        f"-- droit en vigueur : {', '.join(day.isoformat() for day in days)}",
        "-- Un nombre est un compte entier de son pas, écrit devant lui ; NULL : sans objet ou non",
        "-- calculable. Les tables lues sont propres : contrôlez-les d'abord (reglo campagne). Une",
        "-- ligne principale qui n'est pas indiquée est la première dans l'ordre de sa clé.",
        "",
    ]
    for name, select in prepare(model, sources, made.needed, manner=Manner(trusted=True)).items():
        if name in used:
            if name == model.table:
                select = with_epoch(select, made, law.corpus)  # noqa: PLW2901
            lines += _statement("VIEW", prepared_view(name), select, dialect, {})
    steps = [(stage.name, stage.select()) for stage in made.stages]
    steps.append((COMPUTED, made.computed))
    reads = Counter(one.name for _, select in steps for one in select.find_all(exp.Table))
    for name, select in steps:
        # what is read once needs no table of its own
        kind = "TABLE" if reads[name] > 1 else "VIEW"
        lines += _statement(kind, name, select, dialect, notes)
    lines += [_text(made.results, dialect) + ";"]
    return "\n".join(lines) + "\n"


def _given(law: Law) -> Mapping[str, Source]:
    """The tables of the contract, each column with its natural type.

    A table in a database has no order: where the main line of a record is not said, it is the first
    by the value that the others refer to it by.
    """
    model = law.corpus.model
    keyed = dict(tuple(links_to(model)))
    key = model.role("identifiant").name
    found = {}
    for table, columns in table_columns(model).items():
        names = {one.prepared: one.name for one in columns} | {key: key}
        types = {one.prepared: _TYPES[one.field.kind] for one in columns} | {key: "VARCHAR"}
        order = next(
            (quoted(one.name) for one in columns if one.field.name == keyed.get(table)), quoted(key)
        )
        found[table] = Source(quoted(table), types, names, "''", order, order)
    return found


def _statement(
    kind: str, name: str, select: exp.Select, dialect: str, notes: Mapping[str, str]
) -> list[str]:
    """One CREATE, its columns commented."""
    _comment(select, notes)
    temporary = "TEMPORARY " if dialect != "spark" or kind == "VIEW" else ""
    body = _text(select, dialect)
    if dialect == "spark" and kind == "TABLE":
        # A view would be worked out again by each that reads it: Spark has no temporary table.
        return [f"CREATE TABLE {name} USING parquet AS", f"{body};", ""]
    return [f"CREATE {temporary}{kind} {name} AS", f"{body};", ""]


def _text(select: exp.Select, dialect: str) -> str:
    match dialect:
        case "spark":
            return spark_sql(select, pretty=True)
        case "postgres":
            return postgres_sql(select, pretty=True)
        case _:
            return select.sql(dialect=dialect, pretty=True)


def _comment(select: exp.Select, notes: Mapping[str, str]) -> None:
    for alias in select.find_all(exp.Alias):
        note = notes.get(alias.alias)
        if note is not None and not isinstance(alias.this, exp.Column):
            alias.add_comments([f" {note} "])


def _notes(law: Law, made: Plan, epochs: Sequence[int]) -> Mapping[str, str]:
    """For each column made by a rule: its label, its step, its rule and its articles."""
    found: dict[str, str] = {}
    in_force = [law.epoch(law.corpus.starts[number]) for number in epochs]
    for name, rule in _columns(made.program).items():
        articles = _articles(in_force, rule)
        if articles is not None:
            suffix = " : ce qui manque" if name.startswith(f"{marked(MASK)}_") else ""
            suffix = " : dénominateur" if name.startswith(f"{marked(DENOMINATOR)}_") else suffix
            found[name] = f"{articles}{suffix}".replace("*/", "* /")
    return found


def _columns(program: Program) -> Mapping[str, str]:
    found = {one.name: one.rule for one in program.columns}
    for step in program.steps:
        for total in getattr(step, "totals", ()):
            found[total.name] = total.rule
    return found


def _articles(in_force: Sequence[Epoch], name: str) -> str | None:
    """« label : text art. N » of a rule, in all the epochs written."""
    labels: list[str] = []
    articles: list[str] = []
    for epoch in in_force:
        for rule, version in epoch.rules.get(name, ()):
            labels.append(rule.label)
            articles += [f"{rule.text} art. {one}" for one in version.articles]
    if not labels:
        return None
    return " : ".join([labels[0], ", ".join(dict.fromkeys(articles)) or name])
