"""The tables of a campaign as a workbook: what they come to, then one sheet for each table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from engine.evaluation.law import Law
from engine.evaluation.show import french
from engine.langage.corpus import Corpus
from engine.source.terminal import harmless
from engine.sql.duck import ANOMALIES, REFUSALS, RESULTS
from engine.sql.manifest import FORMS
from engine.sql.readable import Value, columns_of, first_rows
from engine.sql.summary import Summary, summary_of
from engine.usages.campaign_show import first_of
from engine.usages.words import counted

MOST_ROWS: Final = 1_048_575  # what a sheet holds below its heads
SHEETS: Final[Mapping[str, str]] = {
    RESULTS: "Résultats", ANOMALIES: "Anomalies", REFUSALS: "Rejets",
}  # fmt: skip
_HEADS: Final[Mapping[str, str]] = {
    "dossier": "Dossier", "date": "Date", "non_calculables": "Non calculables",
    "ligne": "Ligne", "code": "Code", "gravite": "Gravité", "message": "Message",
    "regle": "Règle", "source": "Source", "fichier": "Fichier", "table": "Table",
    "champ": "Colonne", "motif": "Motif", "valeur": "Valeur",
    "conseil": "Conseil",
}  # fmt: skip
_WIDTH: Final = 20  # characters of a column
_NUMBER: Final = "#,##0.00"


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
    book = Workbook(write_only=True)
    read, computed, refused = counts_of(manifest)
    rows: list[Sequence[Value]] = [
        ("Dossiers lus", read), ("Dossiers calculés", computed), ("Dossiers refusés", refused),
        *((one,) for one in beyond(manifest)),
        *_summary_rows(law.corpus, summary_of(law.corpus, tables)),
    ]  # fmt: skip
    try:
        _sheet(book, "Synthèse", ("Synthèse", "", "", "", ""), rows)
        for name, table in tables.items():
            heads = [_head(law.corpus, column) for column in columns_of(table)]
            _sheet(book, SHEETS[name], heads, first_rows(table, MOST_ROWS))
        (target,) = (folder / one for one in FORMS["xlsx"])
        book.save(target)
    except BaseException:
        for sheet in book.worksheets:  # each holds a temporary file open until it is closed
            with suppress(Exception):
                sheet.close()
        raise


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


def beyond(manifest: Mapping[str, object]) -> Iterator[str]:
    """One sentence for each table that its sheet does not hold whole."""
    _, computed, _ = counts_of(manifest)
    anomalies, refusals, files = (manifest[one] for one in ("anomalies", "rejets", "tables"))
    if not (isinstance(anomalies, dict) and isinstance(refusals, int) and isinstance(files, list)):
        message = "a manifest has counts and files"
        raise TypeError(message)
    rows = {RESULTS: computed, ANOMALIES: sum(anomalies.values()), REFUSALS: refusals}
    for name, count in rows.items():
        if count > MOST_ROWS:
            whole = " et ".join(one for one in files if one.startswith(f"{name}."))
            rest = counted(count - MOST_ROWS, "autre est", "autres sont")
            yield (
                f"La feuille « {SHEETS[name]} » de {FORMS['xlsx'][0]} n'a que les"
                f" {french(Fraction(MOST_ROWS))} premières lignes ; {rest} dans {whole}."
            )


def _summary_rows(corpus: Corpus, found: Summary) -> Iterator[Sequence[Value]]:
    if found.totals and corpus.effects is not None:
        unit = corpus.units[corpus.rule(corpus.effects.total).unit or ""]
        yield ()
        yield ("Montant", f"Total ({unit.symbol})", "Dossiers", "Non calculable", "Nom")
        for total in found.totals:
            amount = total.total if total.records else None
            yield (total.label, amount, total.records, total.uncomputed, total.name)
    if found.raised:
        yield ()
        yield ("Anomalie", "Nombre", "Code", "Gravité")
        for raised in found.raised:
            yield (raised.label, raised.count, raised.code, raised.gravity)
    if found.refused:
        yield ()
        yield ("Refus", "Nombre", "Code", "Le premier")
        for one in found.refused:
            yield (one.why, one.count, one.code, first_of(one))


def _head(corpus: Corpus, column: str) -> str:
    """The label of a column with its unit, then its name on another line."""
    rule = next((one for one in corpus.rules if one.name == column and one.scope is None), None)
    if rule is None:
        return f"{_HEADS.get(column, column)}\n{column}"
    unit = corpus.units[rule.unit].symbol if rule.unit is not None else ""
    return f"{rule.label}{f' ({unit})' if unit else ''}\n{column}"


def _sheet(
    book: Workbook, title: str, heads: Sequence[str], rows: Iterable[Sequence[Value]]
) -> None:
    """A sheet of rows, the heads staying in sight; each column writes in one cell, again and again.

    A text is a text: « =1+1 » of a record is no formula.
    """
    sheet = book.create_sheet(title)
    for at in range(len(heads)):
        sheet.column_dimensions[get_column_letter(at + 1)].width = _WIDTH
    sheet.freeze_panes = "B2"
    titles = [WriteOnlyCell(sheet, head) for head in heads]
    for cell in titles:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    sheet.append(titles)
    plain, numbers = ([WriteOnlyCell(sheet) for _ in heads] for _ in range(2))
    for cell in numbers:
        cell.number_format = _NUMBER
    for row in rows:
        written: list[object] = []
        for at, value in enumerate(row):
            match value:
                case None:
                    written.append(None)
                    continue
                case Decimal():
                    cell = numbers[at]
                    cell.value = value
                case bool():
                    cell = plain[at]
                    cell.value = "oui" if value else "non"
                case str():
                    cell = plain[at]
                    cell.value = harmless(value)
                    cell.data_type = "s"
                case _:
                    cell = plain[at]
                    cell.value = value
            written.append(cell)
        sheet.append(written)
