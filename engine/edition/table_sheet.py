"""A version of a parameter, an amount or a table goes in; what its sheet holds comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from engine.edition.new_version import Target, since_of
from engine.histoire.key_words import key_words
from engine.langage import nodes
from engine.langage.corpus import Corpus, Table
from engine.langage.units import NamedUnit
from engine.langage.versions import DRAFT
from engine.source import tree

Kind = Literal["nombre", "booleen", "code"]
TRUTHS: Final = {"true": True, "vrai": True, "false": False, "faux": False}
FRENCH_TRUTHS: Final = ("vrai", "faux")
TRUTH_WORDS: Final = ("oui", "non")


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its keys as the file writes them and in words, and its value.

    ``value`` is None when it is not edited in a sheet; ``shown`` says then what it is. ``twin`` is
    the key that repeats the value: it changes with it.
    """

    ident: str
    keys: tuple[str, ...]
    value: tree.Scalar | None
    shown: str
    twin: tree.Scalar | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown of one version, and where each value of it is written."""

    name: str  # « texte.nom », or that of the parameter
    file: str
    label: str
    table: bool
    kind: Kind
    unit: NamedUnit | None
    choices: tuple[str, ...]  # what a value that is no number may be
    version: tree.Mapping
    since: date
    latest: date  # the first day of the last version
    head: tuple[tuple[str, str | date], ...]
    titles: tuple[str, ...]
    lines: tuple[Line, ...]
    source: tree.Scalar | None  # None: not edited in a sheet

    @property
    def shape(self) -> str:
        """What must not have changed since an export: a table or not, its kind, its unit."""
        unit = "" if self.unit is None else self.unit.name
        return " ".join(("table" if self.table else "valeur", self.kind, unit)).strip()

    @property
    def draft(self) -> bool:
        """Whether the version is a draft."""
        return nodes.text(self.version, "statut") == DRAFT

    @property
    def to_fill(self) -> tuple[str, ...]:
        """What a draft says is left to write."""
        return tuple(one.text for one in nodes.scalars(self.version.get("a_remplir")))

    @property
    def unit_words(self) -> str:
        """« euros (€) »."""
        if self.unit is None:
            return "code de la liste" if self.kind == "code" else "oui ou non"
        return f"{self.unit.name} ({self.unit.symbol})" if self.unit.symbol else self.unit.name


def full_name(target: Target) -> str:
    """« decret.taux » for what a text declares, the name alone of a parameter."""
    return target.name if target.parameter else f"{target.owner}.{target.name}"


def has_sheet(target: Target) -> bool:
    """Whether a target has values that a sheet can hold: a formula has none."""
    return target.parameter or is_table(target) or any(_number(one) for one in target.versions)


def in_force(target: Target, day: date | None) -> tree.Mapping | None:
    """The last version, or the one in force on ``day``; None when there is none."""
    if day is None:
        return max(target.versions, key=since_of)
    begun = [one for one in target.versions if since_of(one) <= day]
    last = max(begun, key=since_of, default=None)
    ended = None if last is None else nodes.day(last, "jusqu_a")
    return None if ended is not None and ended < day else last


def sheet_of(corpus: Corpus, target: Target, version: tree.Mapping) -> Sheet:
    """The sheet of one version of a target."""
    table = corpus.tables[target.name] if is_table(target) else None
    unit = corpus.units.get(nodes.text(target.node, "unite") or "")
    kind, choices = _kind(corpus, table)
    source = nodes.scalar(version, "source")
    if source is not None and source.span.line != source.span.end_line:
        source = None  # a text over several lines is not rewritten here
    latest = max(map(since_of, target.versions))
    return Sheet(
        full_name(target), target.file, nodes.text(target.node, "libelle") or target.name,
        table is not None, kind, unit, choices, version, since_of(version), latest,
        _head(corpus, target, version, unit),
        (*_titles(corpus, table), _value_title(unit), "Source"),
        _lines(corpus, target, version, table, kind, choices), source,
    )  # fmt: skip


def is_table(target: Target) -> bool:
    """Whether a target has keys and rows."""
    return target.node.get("cles") is not None


def _number(version: tree.Mapping) -> bool:
    value = nodes.scalar(version, "valeur")
    return value is not None and nodes.number(value) is not None


def _kind(corpus: Corpus, table: Table | None) -> tuple[Kind, tuple[str, ...]]:
    if table is None or table.kind == "nombre":
        return "nombre", ()
    if table.kind == "booleen":
        return "booleen", TRUTH_WORDS
    return "code", tuple(one.code for one in corpus.nomenclatures[table.vocabulary or ""].terms)


def _head(
    corpus: Corpus, target: Target, version: tree.Mapping, unit: NamedUnit | None
) -> tuple[tuple[str, str | date], ...]:
    """What is said above the table, each with its words; the last day when there is one."""
    ended = nodes.day(version, "jusqu_a")
    articles = nodes.scalars(version.get("article")) or nodes.scalars(target.node.get("article"))
    known = corpus.texts.get(target.owner)
    text = "" if known is None else known.short
    rests = f"{text}{', art. ' if text and articles else ''}"
    return (
        ("Nom dans les règles", full_name(target)),
        ("Unité", "choix dans une liste" if unit is None else _unit(unit)),
        ("En vigueur depuis le", since_of(version)),
        ("Jusqu'au", "la version suivante" if ended is None else ended),
        ("Texte", (rests + ", ".join(one.text for one in articles)) or "voir la source"),
        ("État de la version", _status(version)),
    )


def _unit(unit: NamedUnit) -> str:
    decimals = f"{unit.decimals} décimale{'s' if unit.decimals > 1 else ''}"
    return f"{unit.name}{f' ({unit.symbol})' if unit.symbol else ''}, {decimals}"


def _status(version: tree.Mapping) -> str:
    left = ", ".join(one.text for one in nodes.scalars(version.get("a_remplir")))
    said = {DRAFT: "projet", "abrogee": "abrogée"}.get(
        nodes.text(version, "statut") or "", "signée"
    )
    return f"{said}, à remplir : {left}" if left else said


def _titles(corpus: Corpus, table: Table | None) -> tuple[str, ...]:
    if table is None:
        return ("Paramètre",)
    found = []
    for column in table.columns:
        vocabulary = corpus.nomenclatures.get(column.reference)
        label = column.reference if vocabulary is None else vocabulary.label
        found.append(f"{column.name} ({'oui ou non' if column.kind == 'booleen' else label})")
    return tuple(found)


def _value_title(unit: NamedUnit | None) -> str:
    symbol = "" if unit is None else unit.symbol or unit.name
    return f"Valeur ({symbol})" if symbol else "Valeur"


# --- rows


def _lines(
    corpus: Corpus, target: Target, version: tree.Mapping, table: Table | None, kind: Kind,
    choices: Sequence[str],
) -> tuple[Line, ...]:  # fmt: skip
    if table is None:
        label = nodes.text(target.node, "libelle") or target.name
        node = version.get("valeur") or version.get("non_calculable")
        value, shown = _value(node, kind, choices)
        if version.get("non_calculable") is not None:
            value, shown = None, "non calculable"
        return (Line(target.name, (label,), value, shown),)
    lowered = next(one for one in table.versions if one.period.since == since_of(version))
    seen: Counter[str] = Counter()
    found: list[Line] = []
    rows = nodes.items(version, "lignes")
    for node, row in zip(rows, lowered.rows, strict=True):
        cells = node.items if isinstance(node, tree.Sequence) else ()
        ident = ", ".join(_key_text(one) for one in cells[:-1])
        seen[ident] += 1
        if seen[ident] > 1:
            ident = f"{ident} ({seen[ident]})"
        pairs = zip(table.columns, row.cells, strict=True)
        keys = tuple(key_words(corpus, column, cell) for column, cell in pairs)
        found.append(Line(ident, keys, *_value(cells[-1], kind, choices), _twin(table, cells)))
    return tuple(found)


def _key_text(node: tree.Node) -> str:
    """The key of a row as its file writes it, « brioche/croissant »: a sheet finds it by that."""
    if isinstance(node, tree.Sequence):
        return "/".join(_key_text(one) for one in node.items)
    return node.text if isinstance(node, tree.Scalar) else "…"


def _twin(table: Table, cells: Sequence[tree.Node]) -> tree.Scalar | None:
    """The key of a row that is its value too, where the table says so."""
    if table.equal is None:
        return None
    key = cells[[one.name for one in table.columns].index(table.equal)]
    return key if isinstance(key, tree.Scalar) and nodes.number(key) is not None else None


def _value(
    node: tree.Node | None, kind: Kind, choices: Sequence[str]
) -> tuple[tree.Scalar | None, str]:
    """The scalar of a value that a sheet may edit; else None and its words."""
    if isinstance(node, tree.Mapping):
        return None, "non calculable"
    if not isinstance(node, tree.Scalar):
        return None, "voir le fichier de règles"
    if node.text == "sans_objet":
        return None, "sans objet"
    plain = (
        nodes.number(node) is not None if kind == "nombre"
        else node.text in (TRUTHS if kind == "booleen" else choices)
    )  # fmt: skip
    return (node, "") if plain else (None, f"formule : {node.text}")
