"""A version of a table goes in; each small mistake in its rows comes out, with the whole version.

A bound is moved in every row that names it, as it is when a threshold of the law is mistyped: a
bound moved in one row alone leaves a gap or an overlap, which loading refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from engine.cas.mutant_nodes import Change, last_digit, written
from engine.evaluation.show import french
from engine.langage.corpus import Cell, Interval, Nomenclature, Row, Table, TableVersion
from engine.langage.inputs import Value
from engine.langage.kernel import Absence, Missing


def row_changes(
    table: Table, version: TableVersion, nomenclatures: Mapping[str, Nomenclature]
) -> Iterator[tuple[Change, TableVersion]]:
    """Every mistake in the value of a row: for all that it accepts, or for one code it names."""
    for at, row in enumerate(version.rows):
        wrong = _other_value(table, row.value, nomenclatures)
        if wrong is None:
            continue
        before, after = _shown(row.value), _shown(wrong)
        told = Change("taux", row.span, before, after)
        parts = list(_parts(table, row, nomenclatures))
        if not parts:
            rows = (*version.rows[:at], replace(row, value=wrong), *version.rows[at + 1 :])
            yield told, replace(version, rows=rows)
        for code, cells in parts:
            alone = replace(told, before=f"{code} : {before}", after=f"{code} : {after}")
            split = replace(row, cells=cells, value=wrong)
            yield alone, replace(version, rows=(*version.rows[:at], split, *version.rows[at:]))


def bound_changes(table: Table, version: TableVersion) -> Iterator[tuple[Change, TableVersion]]:
    """Every bound moved by its last digit, and every bound that goes to the row beside it."""
    for column in range(len(table.columns)):
        for bound in _bounds(version, column):
            named = [row for row in version.rows if bound in _ends(row.cells[column])]
            span = named[0].span
            shown = written(bound)
            step = last_digit(bound)
            for moved in (bound - step, bound + step):
                told = Change("borne", span, shown, written(moved))
                rows = tuple(
                    _with(row, column, _moved(row.cells[column], bound, moved))
                    for row in version.rows
                )
                yield told, replace(version, rows=rows)
            if any(_alone(row.cells[column], bound) for row in named):
                continue  # a row for this very number has no side to give it to
            told = Change("borne", span, f"{shown} d'un côté", f"{shown} de l'autre")
            rows = tuple(
                _with(row, column, _flipped(row.cells[column], bound)) for row in version.rows
            )
            yield told, replace(version, rows=rows)


def _other_value(
    table: Table, value: Value | Absence | Missing, nomenclatures: Mapping[str, Nomenclature]
) -> Value | None:
    """A wrong value for a row; None when there is no other one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, Fraction):
        return value + last_digit(value)
    if table.kind == "nombre":  # « sans objet », or not computable: a figure all the same
        return Fraction(1)
    if table.kind == "booleen":
        return True
    terms = nomenclatures[table.vocabulary or ""].terms
    return next((term.code for term in terms if term.code != value), None)


def _shown(value: Value | Absence | Missing) -> str:
    if isinstance(value, Fraction):
        return written(value)
    return "non calculable" if isinstance(value, Missing) else french(value)


def _parts(
    table: Table, row: Row, nomenclatures: Mapping[str, Nomenclature]
) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """The row cut at each code of the cells that list some: one code, the other cells whole."""
    for at, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
        if column.kind != "code" or not isinstance(cell, frozenset) or len(cell) == 1:
            continue
        if len(cell) == len(nomenclatures[column.reference].terms):
            continue  # « * »
        for code in sorted(str(one) for one in cell):
            yield code, (*row.cells[:at], frozenset((code,)), *row.cells[at + 1 :])


def _bounds(version: TableVersion, column: int) -> tuple[Fraction, ...]:
    """The numbers at which the cells of a column begin or end, in order."""
    return tuple(sorted({one for row in version.rows for one in _ends(row.cells[column])}))


def _ends(cell: Cell) -> tuple[Fraction, ...]:
    if not isinstance(cell, Interval):
        return ()
    return tuple(one for one in (cell.low, cell.high) if one is not None)


def _alone(cell: Cell, bound: Fraction) -> bool:
    return isinstance(cell, Interval) and cell.low == cell.high == bound


def _moved(cell: Cell, bound: Fraction, moved: Fraction) -> Cell:
    if not isinstance(cell, Interval):
        return cell
    low = moved if cell.low == bound else cell.low
    return replace(cell, low=low, high=moved if cell.high == bound else cell.high)


def _flipped(cell: Cell, bound: Fraction) -> Cell:
    if not isinstance(cell, Interval):
        return cell
    low_in = not cell.low_in if cell.low == bound else cell.low_in
    return replace(
        cell, low_in=low_in, high_in=not cell.high_in if cell.high == bound else cell.high_in
    )


def _with(row: Row, column: int, cell: Cell) -> Row:
    return replace(row, cells=(*row.cells[:column], cell, *row.cells[column + 1 :]))
