"""Property files: from YAML to laws that hold between the results of records that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

from engine.cas.case import PROPERTIES, SUFFIXES, CaseSource
from engine.cas.changes import Change, Kind, Which
from engine.cas.draws import Drawing, Lines, read_drawing, read_spec
from engine.evaluation.asked import wrong_reading
from engine.evaluation.law import Law, data_folder
from engine.langage import nodes
from engine.langage.checks.typed import NOTHING, TRUTH
from engine.langage.checks.types import TypeCheck
from engine.langage.corpus import Corpus, Epoch, Period
from engine.langage.formulas import Place, lower_text
from engine.langage.inputs import Field, RecordModel
from engine.langage.kernel import Expr, Ref, walk
from engine.langage.resolve import Names
from engine.langage.symbols import Symbols
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.files import read_documents, read_text
from engine.source.messages.hints import suggestion
from engine.source.positions import Span
from engine.source.schema import check_shape, load_schema

BEFORE: Final = "avant"  # the record as it was drawn
DRAWS: Final = 60


@dataclass(frozen=True, slots=True)
class Variant:
    """What becomes of the record that was drawn, and the readings it is computed with."""

    changes: tuple[Change, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Property:
    """A law between results.

    ``condition``: of which records it is said; ``excepted``: of which it is not, and why;
    ``claim``: what must be true. ``wanted``: the rules that these read, by variant.
    """

    name: str
    source: CaseSource
    draws: int
    drawing: Drawing
    variants: Mapping[str, Variant]
    condition: Expr | None
    excepted: tuple[Expr, ...]
    claim: Expr
    wanted: Mapping[str, tuple[str, ...]]
    span: Span = field(compare=False, repr=False)


def is_property_file(path: Path) -> bool:
    """Whether a file holds properties and no case: it is in a folder of that name."""
    return path.suffix in SUFFIXES and PROPERTIES in path.parts


def property_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The property files under ``paths``: files as given, folders in depth, sorted."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [one for one in inside if is_property_file(one)]
    return tuple(found)


def read_properties(path: Path, law: Law) -> tuple[tuple[Property, ...], tuple[Diagnostic, ...]]:
    """The properties of one file.

    Returns:
        The sound properties, and what is wrong with the others: E101 to E119, E201, E301 to E309,
        E512, E564.
    """
    shown = path.as_posix()
    text, findings = read_text(path, shown)
    if text is None:
        return (), findings
    documents, wrong = read_documents(shown, text)
    found = [*findings, *wrong]
    properties: list[Property] = []
    schema = load_schema(data_folder("schemas") / "proprietes.v1.json")
    for document in documents:
        shape = check_shape(document, schema)
        found += shape
        inside = nodes.mappings(document, PROPERTIES) if isinstance(document, tree.Mapping) else ()
        for node in inside:
            if any(node.span.line <= one.span.line <= node.span.end_line for one in shape):
                continue
            reader = _Reader(law, node)
            one = reader.read()
            found += reader.findings
            properties += [] if one is None else [one]
    return tuple(properties), tuple(found)


@dataclass(slots=True)
class _Reader:
    law: Law
    node: tree.Mapping
    findings: list[Diagnostic] = field(default_factory=list)

    @property
    def model(self) -> RecordModel:
        """What a record may hold."""
        return self.law.corpus.model

    def read(self) -> Property | None:
        """The property; None when something is wrong with it."""
        node = self.node
        source = nodes.mapping(node.get("source")) or node
        drawing = nodes.mapping(node.get("dossier"))
        variants = {BEFORE: Variant()}
        for key, value in nodes.mapping(node.get("variantes")) or ():
            variants[key.text] = self._variant(value)
        drawn = (
            Drawing({}, {})
            if drawing is None
            else (read_drawing(drawing, self.model, self.findings))
        )
        words = _Words(self.law.corpus, self._epoch(), variants, self.findings)
        claim = words.truth(node.get("alors"))
        condition = words.truth(node.get("si"))
        excepted = [words.truth(one.get("quand")) for one in nodes.mappings(node, "sauf")]
        if self.findings or claim is None:
            return None
        said = [one for one in (claim, condition, *excepted) if one is not None]
        draws = nodes.text(node, "tirages")
        return Property(
            nodes.text(node, "nom") or "",
            CaseSource(
                nodes.text(source, "document") or "",
                nodes.text(source, "reperage") or "",
                "construite",
            ),
            DRAWS if draws is None else int(draws),
            drawn,
            variants,
            condition,
            tuple(one for one in excepted if one is not None),
            claim,
            _wanted(said, variants),
            node.span,
        )

    def _epoch(self) -> Epoch:
        """An epoch without any rule: a claim reads results only."""
        return Epoch(Period(self.law.corpus.first_day, None), {}, {}, ())

    # --- variants

    def _variant(self, node: tree.Node) -> Variant:
        changes: list[Change] = []
        readings: dict[str, str] = {}
        for one in node.items if isinstance(node, tree.Sequence) else ():
            if not isinstance(one, tree.Mapping):
                continue
            if (asked := nodes.mapping(one.get("lire"))) is not None:
                readings |= self._readings(asked)
                continue
            change = self._change(one)
            changes += [] if change is None else [change]
        return Variant(tuple(changes), readings)

    def _readings(self, node: tree.Mapping) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in node.entries:
            option = value.text if isinstance(value, tree.Scalar) else ""
            wrong = wrong_reading(self.law.corpus, f"{key.text}={option}", key.span)
            if wrong is None:
                found[key.text] = option
            else:
                self.findings.append(wrong)
        return found

    def _change(self, node: tree.Mapping) -> Change | None:
        which = nodes.text(node, "ligne")
        chosen: Which = next((one for one in get_args(Which) if one == which), "une")
        for kind in get_args(Kind):
            value = node.get(kind)
            if value is not None:
                return self._of_kind(kind, value, chosen)
        return None

    def _of_kind(self, kind: Kind, value: tree.Node, which: Which) -> Change | None:
        match value:
            case tree.Mapping() if kind == "ajouter":
                return self._added(value)
            case tree.Mapping():
                names = self._names([key for key, _ in value.entries])
                if names is None:
                    return None
                specs = [read_spec(one) for _, one in value.entries]
                return Change(kind, names[0], dict(zip(names[1], specs, strict=True)), which)
            case tree.Scalar() if kind in ("retirer", "inverser"):
                if self.model.collection(value.text) is None:
                    known = [one.name for one in self.model.collections]
                    self.findings.append(
                        say(
                            "E564",
                            value.span,
                            nom=value.text,
                            proches=suggestion(value.text, known, "les champs"),
                        )
                    )
                    return None
                return Change(kind, value.text, (), which)
            case _:
                names = self._names(list(nodes.scalars(value)))
                return None if names is None else Change(kind, names[0], names[1], which)

    def _added(self, value: tree.Mapping) -> Change:
        drawn = read_drawing(value, self.model, self.findings)
        name, lines = next(iter(drawn.lines.items()), (None, Lines(())))
        return Change("ajouter", name, (), "une", lines)

    def _names(self, keys: Sequence[tree.Scalar]) -> tuple[str | None, tuple[str, ...]] | None:
        """The collection and the fields that some dotted names mean; E564 for one that is not."""
        found: list[tuple[str | None, str]] = []
        for key in keys:
            owner, _, name = key.text.partition(".")
            collection = self.model.collection(owner)
            fields = self.model.fields if collection is None else collection.fields
            own = key.text if collection is None else name
            if all(one.name != own for one in fields):
                prefix = "" if collection is None else f"{owner}."
                known = [f"{prefix}{one.name}" for one in fields]
                self.findings.append(
                    say(
                        "E564",
                        key.span,
                        nom=key.text,
                        proches=suggestion(key.text, known, "les champs"),
                    )
                )
                return None
            found.append((None if collection is None else owner, own))
        owners = {owner for owner, _ in found}
        if len(owners) != 1:
            self.findings.append(say("E565", keys[0].span, noms=[key.text for key in keys]))
            return None
        return owners.pop(), tuple(name for _, name in found)


@dataclass(slots=True)
class _Words:
    """Expressions over « variante.regle »: each is a field of a record that only claims read."""

    corpus: Corpus
    epoch: Epoch
    variants: Mapping[str, Variant]
    findings: list[Diagnostic]

    def truth(self, node: tree.Node | None) -> Expr | None:
        """The kernel of a condition; None without one, or when it is wrong."""
        if not isinstance(node, tree.Scalar):
            return None
        symbols = Symbols(self.corpus.model, units=dict(self.corpus.units))
        names = Names(
            {one.name: one for variant in self.variants for one in self._fields(variant)}, {}, {}
        )
        expr = lower_text(Place(symbols, names, None), node)
        self.findings += symbols.findings
        if expr is None:
            return None
        check = TypeCheck(self.epoch, symbols, names, {}, frozenset(), {})
        check.pairs.agree(TRUTH, check.type_of(expr, NOTHING), expr.span)
        self.findings += check.findings
        return expr

    def _fields(self, variant: str) -> list[Field]:
        return [
            Field(
                f"{variant}.{one.name}",
                one.kind,
                one.label,
                required=True,
                unit=one.unit,
                vocabulary=one.vocabulary,
            )
            for one in self.corpus.rules
            if one.scope is None
        ]


def _wanted(said: Sequence[Expr], variants: Mapping[str, Variant]) -> dict[str, tuple[str, ...]]:
    read = [node.name for expr in said for node in walk(expr) if isinstance(node, Ref)]
    found: dict[str, tuple[str, ...]] = {}
    for variant in variants:
        own = [one.removeprefix(f"{variant}.") for one in read if one.startswith(f"{variant}.")]
        found[variant] = tuple(dict.fromkeys(own))
    return found
