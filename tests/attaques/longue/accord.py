"""A sound law must compute: the interpreter, its compiled form and a campaign say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb

from engine.cas.draws import Drawer, Drawing, Drawn
from engine.cas.plain import read_plain
from engine.evaluation.compilation.build import Demand, OffGridError, compile_law
from engine.evaluation.compilation.lower import UnsupportedError
from engine.evaluation.compilation.scaled import TooWideError
from engine.evaluation.law import Law
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import Computed, compute
from engine.langage.kernel import ABSENT
from engine.langage.records import Record
from engine.module.host import build
from engine.source.tree import Plain
from engine.sql.runs import Request, run_campaign
from tests.attaques.longue.base import Trial

REFUSED = (UnsupportedError, TooWideError, OffGridError)


def bounded(corpus: Path) -> None:
    """Give every number of the schema of a corpus a step, so that a campaign can hold it."""
    path = corpus / "schemas" / "dossier.v1.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r'("type": \["number", "string", "null"\],)(?!\s+"minimum": 0,\s+"maximum": \d+,'
               r'\s+"multipleOf")', r'\1 "multipleOf": 0.01,', text), encoding="utf-8",
    )  # fmt: skip


def records_of(
    trial: Trial, law: Law, count: int, day: str | None = None
) -> list[tuple[Plain, Record]]:
    """Accepted records that look at what the rules look at, on ``day`` or on those of any epoch."""
    date_field = law.corpus.model.role("date").name
    fixed = {} if day is None else {date_field: Drawn((day,))}
    drawer = Drawer(law, Drawing(fixed, {}, free=True))
    found: list[tuple[Plain, Record]] = []
    for _ in range(count * 6):
        plain = drawer.record(trial.dice)
        ident = f"D-{len(found)}"
        if isinstance(plain, dict):
            plain[law.corpus.model.role("identifiant").name] = ident
        record = read_plain(plain, law.corpus, ident)
        if isinstance(record, Record) and len(found) < count:
            found.append((plain, record))
    return found


def compare(trial: Trial, law: Law, *, campaign: bool, count: int = 6) -> None:
    """Whether all agree on some records, on some results, over the epochs of all of them."""
    drawn = records_of(trial, law, count)
    records = [record for _, record in drawn]
    if not records:
        trial.counts["sans dossier"] += 1
        return
    computed = {record.ident: compute(law, record) for record in records}
    epochs = sorted({law.corpus.epoch_number(record.day) for record in records})
    names = law.corpus.results
    wanted: tuple[str, ...] | None = None
    for attempt in range(4):  # a rule may have no compiled form: then others are asked for
        if attempt or not trial.chance(4):
            wanted = tuple(dict.fromkeys(trial.dice.choose(names) for _ in range(3)))
        trial.note(f"{wanted}, époques : {[str(law.corpus.starts[one]) for one in epochs]}")
        try:
            program = build(compile_law(law, epochs, asked=Demand(wanted)))
        except REFUSED:
            trial.counts["sans forme compilée"] += 1
            continue
        for record in records:
            (values,) = program.outcomes([record], [law.corpus.epoch_number(record.day)])
            _check(trial, record, computed[record.ident], values)
        trial.counts["comparés"] += len(records)
        break
    if campaign:
        _check_campaign(trial, law, drawn, computed, wanted)


def _check(trial: Trial, record: Record, computed: Computed, values: Mapping[str, Outcome]) -> None:
    for name, value in values.items():
        expected = computed.values[name]
        if _told(value) != _told(expected):
            trial.note(f"{record}\n{name} : {expected} / {value}")
            trial.found("compilé", f"la forme compilée donne autre chose : {name}")


def _told(value: Outcome) -> object:
    """An outcome, the places of its reasons left out."""
    if isinstance(value, NotComputable):
        return frozenset((lack.kind, lack.name) for lack in value.lacks)
    return value


def write_lines(path: Path, records: Sequence[Plain]) -> None:
    """One record a line, numbers as texts: none passes through a float."""

    def written(value: object) -> str:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)

    lines = [json.dumps(one, ensure_ascii=False, default=written) for one in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _check_campaign(
    trial: Trial, law: Law, drawn: Sequence[tuple[Plain, Record]],
    computed: Mapping[str, Computed], wanted: tuple[str, ...] | None,
) -> None:  # fmt: skip
    source, output = trial.kept / "dossiers.jsonl", trial.place / "sortie"
    write_lines(source, [plain for plain, _ in drawn])
    request = Request(source, output, wanted, threads=1)
    manifest, findings = run_campaign(law, request, lambda _done, _all: None)
    if manifest is None:
        trial.note("\n".join(map(str, findings)))
        trial.counts["campagne refusée"] += 1
        if {one.code for one in findings} - {"E530", "E531"}:
            trial.found(f"campagne {findings[0].code}", f"campagne refusée : {findings[0]}")
        return
    trial.counts["campagnes"] += 1
    if (output / "rejets.parquet").is_file():
        refused = duckdb.read_parquet(str(output / "rejets.parquet")).fetchall()
        if refused:
            trial.note(str(refused[:3]))
            trial.found("verdict", "campagne refuse un dossier que calculer accepte")
    found = duckdb.read_parquet(str(output / "resultats.parquet"))
    key = law.corpus.model.role("identifiant").name
    for values in found.fetchall():
        row = dict(zip(found.columns, values, strict=True))
        one = computed[row[key]]
        lacking = (row["non_calculables"] or "").split(",")
        for name in wanted or law.corpus.results:
            if not same(row[name], one.values[name], lacking=name in lacking):
                trial.note(f"{row[key]} {name} : {one.values[name]} / {row[name]} {lacking}")
                trial.found("campagne", f"campagne et calculer donnent deux montants : {name}")


def same(cell: object, value: Outcome, *, lacking: bool) -> bool:
    if isinstance(value, NotComputable):
        return cell is None and lacking
    if value is ABSENT:
        return cell is None and not lacking
    if isinstance(value, Fraction):
        return isinstance(cell, int | Decimal) and Fraction(cell) == value
    if isinstance(value, date) and isinstance(cell, str):
        return cell == value.isoformat()
    return cell == value
