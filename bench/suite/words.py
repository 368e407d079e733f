"""Numbers and tables as a French page writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

THIN = "\N{NARROW NO-BREAK SPACE}"
_LARGE = 100  # from there, nothing is told behind the comma
_SMALL = 10  # below, three decimals: ratios are compared with targets


def number(value: float) -> str:
    """A whole number, its thousands apart."""
    return f"{round(value):,}".replace(",", THIN)


def rounded(value: float) -> str:
    """A number with the digits that a reader looks at, and a decimal comma."""
    if value == int(value) or abs(value) >= _LARGE:
        return number(value)
    decimals = 3 if abs(value) < _SMALL else 1
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".").replace(".", ",")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table: the first column is words, the others are figures."""
    dashes = ["---", *("--:" for _ in heads[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, dashes, *rows)) + "\n"


def aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same for a screen: columns of one width."""
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    lines = (
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (heads, *rows)
    )
    return "\n".join(line.rstrip() for line in lines) + "\n"
