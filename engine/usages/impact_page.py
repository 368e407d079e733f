"""The effect of a change as one page: nothing to fetch, no script, it opens from a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from engine.evaluation.show import french_number, signed
from engine.source.terminal import harmless
from engine.sql.effect_people import Bin
from engine.usages.impact import Impact
from engine.usages.impact_show import ends, heading, shares_shown, sides

_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1b1b1b; }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { border: 1px solid #c9c9c9; padding: .25rem .6rem; text-align: left; vertical-align: top; }
th { background: #f1f1f1; } td.n { text-align: right; white-space: nowrap; }
.grand { font-size: 1.6rem; font-weight: 600; } .lieu { color: #595959; font-size: .85em; }
pre { white-space: pre-wrap; font: 13px/1.4 ui-monospace, monospace; } summary { cursor: pointer; }
figure { margin: 0; max-width: 60rem; }
"""
_MOST: Final = 500  # values of a field: the workbook and the table of records have them all


def impact_page(found: Impact, before: str, after: str) -> str:
    """The whole HTML page."""
    people = found.people
    parts = [
        "<!doctype html>",
        '<html lang="fr"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Effet d'un changement</title><style>{_STYLE}</style></head><body>",
        "<h1>Effet d'un changement</h1>",
        f"<p>Avant : {escape(before)}<br>Après : {escape(after)}</p>",
        f'<p class="grand">{escape(signed(found.move, 2, found.symbol))}</p>',
        (
            f"<p>{escape(found.label)}, {_count(found.read)} dossiers lus, {_count(found.refused)} "
            f"refusés : {_count(people.changed)} changent, {_count(people.winners)} gagnent, "
            f"{_count(people.losers)} perdent ; {_count(people.even)} se compensent, "
            f"{_count(found.people.not_compared)} ne se comparent pas.</p>"
        ),
        "<h2>Ce que fait chaque cause</h2>",
        (
            "<p>Chaque part est l'effet de la cause après certaines des autres, en moyenne sur "
            "tous les ordres possibles ; leur somme est l'effet entier, exactement.</p>"
        ),
        *_table(("Part", "Cause", "Avant → après", "Lieu"), _causes(found)),
        "<h2>Par montant</h2>",
        *_table(("Effet", "Montant", "Avant", "Après", "Dossiers"), _amounts(found)),
    ]
    parts += _figure(people.bins, found.symbol)
    for name in people.splits:
        parts += _split(found, name)
    parts.append("<h2>Dossiers expliqués</h2>")
    for one in found.told:
        words = escape("\n".join(one.words))
        head = escape(heading(one.chosen, found.symbol))
        parts.append(f"<details><summary>{head}</summary><pre>{words}</pre></details>")
    parts.append("</body></html>")
    return harmless("\n".join(parts) + "\n")


def _causes(found: Impact) -> Iterator[tuple[str, ...]]:
    for share, part in shares_shown(found):
        cause = share.cause
        label = f"{cause.label} ({cause.name})"
        yield signed(part, 2, found.symbol), label, sides(share), cause.place


def _amounts(found: Impact) -> Iterator[tuple[str, ...]]:
    for one in found.amounts:
        sums = (french_number(one.before, 2), french_number(one.after, 2))
        yield (signed(one.move, 2, found.symbol), f"{one.label} ({one.name})", *sums,
               _count(one.changed))  # fmt: skip


def _split(found: Impact, name: str) -> Iterator[str]:
    splits = found.people.splits[name]
    yield f"<h2>Par {escape(name)}</h2>"
    if len(splits) > _MOST:
        yield f"<p>Les {_MOST} plus grands effets, sur {_count(len(splits))}.</p>"
    yield from _table(
        ("Effet", name, "Dossiers", "Changent", "Gagnent", "Perdent"),
        ((signed(one.move, 2, found.symbol), one.value or "(sans valeur)", _count(one.people),
          _count(one.changed), _count(one.winners), _count(one.losers))
         for one in splits[:_MOST]),
    )  # fmt: skip


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table whose numbers are set to the right."""
    yield f"<table><tr>{''.join(f'<th>{escape(one)}</th>' for one in heads)}</tr>"
    for row in rows:
        cells = (f"<td{' class=n' if _is_number(one) else ''}>{escape(one)}</td>" for one in row)
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</table>"


def _is_number(text: str) -> bool:
    return text[:1] in "+-" or text[:1].isdigit()


def _count(count: int) -> str:
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _figure(bins: Sequence[Bin], symbol: str) -> Iterator[str]:
    """The distribution of the differences, drawn in the page."""
    if not bins:
        return
    from leather import Chart

    chart = Chart(f"Combien de dossiers, par écart ({symbol})")
    chart.add_columns([(_start(one), one.count) for one in bins])
    yield "<h2>Répartition des écarts</h2>"
    yield f"<figure>{chart.to_svg(width=1080, height=380)}</figure>"
    yield from _table(
        ("Écart", "Dossiers"), ((ends(one, symbol), _count(one.count)) for one in bins)
    )


def _start(one: Bin) -> str:
    """A bar by where it begins: the table below it has both ends."""
    return "moins" if one.low is None else french_number(one.low)
