"""The rows of a decision table, as counts of the steps of its keys and of its value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from itertools import product

from engine.evaluation.compilation.ir import Lit, Node, Plain, RowCell, Rows, Span
from engine.evaluation.compilation.scaled import Typed, step_of
from engine.evaluation.outcomes import Lack
from engine.langage.corpus import Cell, Column, Corpus, Interval, Kind, TableVersion
from engine.langage.kernel import ABSENT, Missing

_MOST_COMBINATIONS = 100_000  # of keys tried to prove that a row matches each of them


def rows_of(
    corpus: Corpus,
    table: tuple[Sequence[Column], TableVersion],
    keys: Sequence[Typed],
    bit: Callable[[Lack], Node],
    nowhere: Lack,
) -> Typed:
    """The value of the row that matches ``keys``, all of them present.

    Args:
        corpus: what the codes of a column are.
        table: the columns, and the rows: the first that matches wins.
        keys: one per column, in order.
        bit: the mask of a reason.
        nowhere: the reason of a record that no row matches; not used when each record is matched.
    """
    columns, version = table
    values = [row.value for row in version.rows]
    cells = [
        tuple(_cell(cell, key) for cell, key in zip(row.cells, keys, strict=True))
        for row in version.rows
    ]
    numbers = [value for value in values if isinstance(value, Fraction)]
    step = step_of([Fraction(1), *numbers])
    plain: list[Plain] = []
    masks: list[int] = []
    for value in values:
        lack = Lack(value.kind, value.name, value.span) if isinstance(value, Missing) else None
        masks.append(0 if lack is None else _bits(bit(lack)))
        if isinstance(value, Fraction):
            plain.append(int(value / step))
        else:
            plain.append(None if value is ABSENT or isinstance(value, Missing) else value)
    complete = _complete(corpus, columns, keys, cells)
    missed = 0 if complete else _bits(bit(nowhere))
    nodes = tuple(key.node for key in keys)
    mask = _rows(nodes, cells, masks, missed, complete=complete)
    counts = [one for one in plain if isinstance(one, int)]
    first = next((one for one in plain if one is not None), None)
    return Typed(
        _rows(nodes, cells, plain, None, complete=complete),
        _kind(first),
        step,
        min(counts, default=0),
        max(counts, default=0),
        absent=ABSENT in values,
        mask=None if mask == Lit(0) else mask,
    )


def _kind(value: Plain) -> Kind | None:
    """What a table gives, by one of its values; None when it gives none."""
    match value:
        case None:
            return None
        case bool():
            return "booleen"
        case int():
            return "nombre"
        case date():
            return "date"
        case _:
            return "texte"


def _rows(
    nodes: tuple[Node, ...],
    cells: Sequence[tuple[RowCell, ...]],
    values: Sequence[Plain],
    missed: Plain,
    *,
    complete: bool,
) -> Node:
    """The rows; in a complete table the last ones, when they say the same, need no test."""
    last = len(values)
    otherwise = missed
    if complete:
        otherwise = values[-1]
        while last and _same(values[last - 1], otherwise):
            last -= 1
    kept = tuple(zip(cells[:last], values[:last], strict=True))
    if all(_same(value, otherwise) for _, value in kept):
        return Lit(otherwise)
    return Rows(nodes, kept, otherwise)


def _same(left: Plain, right: Plain) -> bool:
    return left == right and type(left) is type(right)


def _bits(node: Node) -> int:
    if isinstance(node, Lit) and isinstance(node.value, int):
        return node.value
    message = f"no mask: {node!r}"
    raise AssertionError(message)


def _cell(cell: Cell, key: Typed) -> RowCell:
    """What a cell accepts; an interval becomes whole counts of the step of its key."""
    if not isinstance(cell, Interval):
        return cell
    low = high = None
    if cell.low is not None:
        low = -(-cell.low // key.step)
        low += 1 if low * key.step == cell.low and not cell.low_in else 0
    if cell.high is not None:
        high = cell.high // key.step
        high -= 1 if high * key.step == cell.high and not cell.high_in else 0
    return Span(low, high)


def _complete(
    corpus: Corpus,
    columns: Sequence[Column],
    keys: Sequence[Typed],
    cells: Sequence[tuple[RowCell, ...]],
) -> bool:
    """Whether some row matches every combination of keys that a record may have."""
    domains: list[Sequence[str | bool | int]] = [
        _domain(corpus, column, key, [row[place] for row in cells])
        for place, (column, key) in enumerate(zip(columns, keys, strict=True))
    ]
    count = 1
    for domain in domains:
        count *= len(domain)
    if count > _MOST_COMBINATIONS:
        return False
    return all(
        any(all(_accepts(cell, key) for cell, key in zip(row, tried, strict=True)) for row in cells)
        for tried in product(*domains)
    )


def _domain(
    corpus: Corpus, column: Column, key: Typed, cells: Sequence[RowCell]
) -> Sequence[str | bool | int]:
    """Every code, both truths, or the counts at which a cell begins or ceases to accept."""
    if column.kind == "code":
        return [term.code for term in corpus.nomenclatures[column.reference].terms]
    if column.kind == "booleen":
        return [True, False]
    ends: set[int] = {key.low, key.high}
    for cell in cells:
        if isinstance(cell, Span):
            ends |= {
                end + one for end in (cell.low, cell.high) if end is not None for one in (-1, 0, 1)
            }
    return sorted(end for end in ends if key.low <= end <= key.high)


def _accepts(cell: RowCell, key: str | bool | int) -> bool:  # noqa: FBT001 - a key, not a flag
    if not isinstance(cell, Span):
        return key in cell
    count = int(key)
    return (cell.low is None or count >= cell.low) and (cell.high is None or count <= cell.high)
