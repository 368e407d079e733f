"""What people read: the table of results, the anomalies, the tree of an explanation."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from engine.evaluation.explanation import Explained
from engine.evaluation.outcomes import NotComputable
from engine.evaluation.results import Computed
from engine.evaluation.show import french
from engine.langage.corpus import Corpus

_MARKS = {"bloquant": ("✗ bloquant", "bold red"), "alerte": ("! alerte", "yellow")}


def results_table(corpus: Corpus, computed: Sequence[Computed], names: Sequence[str]) -> Table:
    """One row per record, one column per name of ``names``, with the unit in its heading."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("dossier", no_wrap=True)
    table.add_column("date", no_wrap=True)
    for name in names:
        symbol = _symbol(corpus, name)
        heading = f"{name} ({symbol})" if symbol else name
        table.add_column(heading.replace("_", "_\u200b"), justify="right")
    for one in computed:
        cells = [_cell(corpus, one, name) for name in names]
        table.add_row(escape(one.record.ident), one.record.day.isoformat(), *cells)
    return table


def _symbol(corpus: Corpus, name: str) -> str:
    unit = corpus.units.get(corpus.rule(name).unit or "")
    return "" if unit is None else unit.symbol


def _cell(corpus: Corpus, one: Computed, name: str) -> str:
    value = one.values[name]
    if isinstance(value, NotComputable):
        return "?"
    symbol = _symbol(corpus, name)
    unit = corpus.units.get(corpus.rule(name).unit or "")
    text = french(value, unit)
    return "—" if text == "sans objet" else text.removesuffix(f" {symbol}")


def anomalies_list(computed: Sequence[Computed]) -> RenderableType:
    """Every anomaly, record by record, blocking ones first."""
    lines: list[Text] = []
    for one in computed:
        if not one.anomalies:
            continue
        lines.append(Text(one.record.ident, style="bold"))
        for found in sorted(one.anomalies, key=lambda anomaly: anomaly.gravity != "bloquant"):
            mark, style = _MARKS[found.gravity]
            line = Text("  ").append(mark, style=style).append(f" {found.code} : {found.message}")
            lines.append(line.append(f"  [{found.source}]", style="dim"))
    return Group(*lines)


def relied_on(computed: Sequence[Computed]) -> Sequence[str]:
    """The contested readings and the figures to verify that the results rest on, once each."""
    points = sorted({point for one in computed for point in one.points})
    notes = dict.fromkeys(note for one in computed for note in one.notes)
    lines = [f"lectures appliquées : {', '.join(points)}"] if points else []
    return lines + [f"à vérifier : {note}" for note in notes]


def explanation_tree(explained: Explained) -> Tree:
    """The tree of an explanation. A step already shown in full is shown again by its value."""
    tree = Tree(_explained(explained, full=True), guide_style="dim")
    _grow(tree, explained, {_key(explained)})
    return tree


def _key(explained: Explained) -> tuple[str, int | None]:
    return explained.name, explained.line


def _grow(tree: Tree, explained: Explained, seen: set[tuple[str, int | None]]) -> None:
    for child in explained.children:
        first = _key(child) not in seen
        seen.add(_key(child))
        branch = tree.add(_explained(child, full=first))
        if first:
            _grow(branch, child, seen)


def _explained(one: Explained, *, full: bool) -> Text:
    text = Text(f"{one.label} = ").append(one.value, style="bold")
    text.append(f"   {one.name}", style="dim")
    if one.line is not None:
        text.append(f", ligne {one.line} ({one.about})", style="dim")
    if not full:
        return text.append("   (déjà expliqué plus haut)", style="dim") if one.children else text
    for line in _details(one):
        text.append(f"\n{line}")
    return text


def _details(one: Explained) -> list[str]:
    lines: list[str] = []
    if one.formula and one.formula not in (one.value, one.figures):
        lines.append(f"= {one.formula}")
    if one.figures and one.figures != one.value:
        lines.append(f"= {one.figures}")
    lines += one.roundings
    if one.text:
        since = f", depuis le {one.since}" if one.since else ""
        articles = ", ".join(one.articles)
        lines.append(" ; ".join(part for part in (one.text, articles) if part) + since)
    if one.cite:
        lines.append(f"« {one.cite.strip()} »")
    if one.source:
        lines.append(f"source : {one.source}")
    if one.place:
        lines.append(one.place)
    lines += [f"lecture : {reading}" for reading in one.readings]
    lines += [f"à vérifier : {note}" for note in one.notes]
    lines += [f"écarté : {refused.what} — {refused.why}" for refused in one.refused]
    lines += [f"non calculable : {lack}" for lack in one.lacks]
    return lines


def console(*, error: bool = False, width: int | None = None) -> Console:
    """A console that writes plain text when the output is not a terminal."""
    return Console(stderr=error, width=width, highlight=False, soft_wrap=False)
