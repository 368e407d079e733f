"""A campaign, told: what its tables come to, and a workbook that holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from engine.evaluation.law import Law
from engine.evaluation.show import counted, french
from engine.langage.corpus import Corpus
from engine.reponse.report import ListColumn, Listing, Report, Sentence
from engine.sql.duck import ANOMALIES, REFUSALS, RESULTS
from engine.sql.output import FORMS, Summary, columns_of, first_rows, summary_of

MOST_ROWS: Final = 1_048_575  # what a sheet holds below its heads
SHEETS: Final[Mapping[str, str]] = {
    RESULTS: "Résultats",
    ANOMALIES: "Anomalies",
    REFUSALS: "Rejets",
}
_HEADS: Final[Mapping[str, str]] = {
    "dossier": "Dossier",
    "date": "Date",
    "non_calculables": "Non calculables",
    "ligne": "Ligne",
    "code": "Code",
    "gravite": "Gravité",
    "message": "Message",
    "regle": "Règle",
    "source": "Source",
    "fichier": "Fichier",
    "table": "Table",
    "champ": "Colonne",
    "motif": "Motif",
    "valeur": "Valeur",
    "conseil": "Conseil",
}
_SHOWN: Final = 10  # lines of a listing, at a terminal


def write_book(
    law: Law, tables: Mapping[str, Path], manifest: Mapping[str, object], folder: Path
) -> None:
    """Write the workbook of the tables of a campaign, over the one that is there.

    Args:
        law: the corpus that was applied.
        tables: the output tables, by name: each a Parquet file or a folder of them.
        manifest: that of the campaign, for its counts.
        folder: where the workbook is written.

    Raises:
        OSError: the disk does not take it.
        duckdb.Error: a table cannot be read.
    """
    from engine.reponse.book import write_report

    sheets = (
        Listing(
            "",
            [ListColumn("", _head(law.corpus, column), "code") for column in columns_of(table)],
            first_rows(table, MOST_ROWS),
            sheet=SHEETS[name],
        )
        for name, table in tables.items()
    )
    report = campaign_report(law.corpus, tables, manifest, whole=True)
    write_report(report, folder / FORMS["xlsx"][0], sheets)


def campaign_report(
    corpus: Corpus,
    tables: Mapping[str, Path],
    manifest: Mapping[str, object],
    *,
    whole: bool,
    place: str = "",
) -> Report:
    """The counts, then the totals, the anomalies and the refusals, then what the workbook lacks.

    Args:
        corpus: the law that was applied.
        tables: the output tables, by name: each a Parquet file or a folder of them.
        manifest: that of the campaign.
        whole: nothing is left out at a terminal.
        place: where the tables are, if it is to be told.
    """
    found = summary_of(corpus, tables)
    listings = [_totals(corpus, found), _anomalies(found), _refusals(found)]
    limit = None if whole else _SHOWN
    shown = [replace(one, limit=limit) for one in listings if one.rows]
    short = [Sentence(one) for one in _beyond(manifest)]
    return Report("Bilan de la campagne", [_counts(manifest, place), *shown, *short], manifest)


def _counts(manifest: Mapping[str, object], place: str) -> Listing:
    """How many records were read, computed and refused; rows of no record are told."""
    columns = [ListColumn("", f"Dossiers {one}", "count") for one in ("lus", "calculés", "refusés")]
    read, computed, refused = counts_of(manifest)
    lines = manifest["lignes"]
    alone = sum(one["sans_dossier"] for one in lines.values()) if isinstance(lines, dict) else 0
    lost = f", {counted(alone, 'ligne sans dossier', 'lignes sans dossier')}" if alone else ""
    words = (
        f"{counted(read, 'dossier lu', 'dossiers lus')} : {counted(computed, 'calculé')}, "
        f"{counted(refused, 'refusé')}{lost}{f' ; voir {place}' if place else ''}"
    )
    return Listing("", columns, [(read, computed, refused)], [words])


def counts_of(manifest: Mapping[str, object]) -> tuple[int, int, int]:
    """The records that were read, computed and refused.

    Raises:
        TypeError: it is no manifest.
    """
    match manifest:
        case {"dossiers": {"lus": int(read), "calcules": int(computed), "refuses": int(refused)}}:
            return read, computed, refused
        case _:
            message = "a manifest has counts"
            raise TypeError(message)


def _beyond(manifest: Mapping[str, object]) -> Iterator[str]:
    """One sentence for each table that its sheet does not hold whole."""
    _, computed, _ = counts_of(manifest)
    anomalies, refusals, files = (manifest[one] for one in ("anomalies", "rejets", "tables"))
    if not (isinstance(anomalies, dict) and isinstance(refusals, int) and isinstance(files, list)):
        message = "a manifest has counts and files"
        raise TypeError(message)
    rows = {RESULTS: computed, ANOMALIES: sum(anomalies.values()), REFUSALS: refusals}
    for name, count in rows.items():
        if count > MOST_ROWS and FORMS["xlsx"][0] in files:
            whole = " et ".join(one for one in files if one.startswith(f"{name}."))
            rest = counted(count - MOST_ROWS, "autre est", "autres sont")
            yield (
                f"La feuille « {SHEETS[name]} » de {FORMS['xlsx'][0]} n'a que les"
                f" {french(Fraction(MOST_ROWS))} premières lignes ; {rest} dans {whole}."
            )


def _totals(corpus: Corpus, summary: Summary) -> Listing:
    """What was computed for no one is not 0."""
    total = None if corpus.effects is None else corpus.rule(corpus.effects.total)
    unit = None if total is None else corpus.units[total.unit or ""]
    symbol, decimals = ("", 0) if unit is None else (unit.symbol, unit.decimals)
    columns = [
        ListColumn("", "Montant"),
        ListColumn("", "total", "number", decimals, symbol),
        ListColumn("", "dossiers", "count"),
        ListColumn("", "non calculable", "count"),
    ]
    rows = [
        (one.label, one.total if one.records else None, one.records, one.uncomputed or None)
        for one in summary.totals
    ]
    return Listing("Montants", columns, rows)


def _anomalies(summary: Summary) -> Listing:
    words = [ListColumn("", "Code", "code"), ListColumn("", "", "code"), ListColumn("", "")]
    rows = [(one.code, one.gravity, one.label, one.count) for one in summary.raised]
    return Listing("Anomalies", [*words, ListColumn("", "nombre", "count")], rows)


def _refusals(summary: Summary) -> Listing:
    """The first of each is told as an explanation of its record does."""
    columns = [ListColumn("", "Code", "code"), ListColumn("", "nombre", "count")]
    rows = []
    for one in summary.refused:
        column = f", colonne {one.column}" if one.column else ""
        rows.append((one.code, one.count, f"{one.file}, ligne {one.line}{column} : {one.why}"))
    return Listing("Refus", [*columns, ListColumn("", "le premier")], rows)


def _head(corpus: Corpus, column: str) -> str:
    """The label of a column with its unit, then its name on another line."""
    rule = next((one for one in corpus.rules if one.name == column and one.scope is None), None)
    if rule is None:
        return f"{_HEADS.get(column, column)}\n{column}"
    unit = corpus.units[rule.unit].symbol if rule.unit is not None else ""
    return f"{rule.label}{f' ({unit})' if unit else ''}\n{column}"
