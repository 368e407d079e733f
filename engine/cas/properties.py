"""A file of properties goes in; each is tried on drawn records, a false one is told as a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

from engine.cas.case import PROPERTIES, SUFFIXES, CaseSource
from engine.cas.draws import (
    ChangeKind,
    Dice,
    Drawer,
    Drawing,
    DrawnLines,
    RecordChange,
    Which,
    apply_changes,
    read_drawing,
    read_spec,
)
from engine.cas.plain import WrittenCase, case_file_text, read_plain, to_flow
from engine.cas.reduction import shrink
from engine.dossiers.read import Refusal
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law, data_folder
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import interpreter_for, wrong_reading
from engine.evaluation.show import french
from engine.langage import nodes
from engine.langage.checks.types import NOTHING, TRUTH, TypeCheck
from engine.langage.corpus import Corpus, Epoch, Period
from engine.langage.formulas import FormulaPlace, lower_text
from engine.langage.inputs import Field, RecordModel, Value
from engine.langage.kernel import ABSENT, Expr, Ref, walk
from engine.langage.records import Record
from engine.langage.symbols import Names, Symbols
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.files import read_documents, read_text
from engine.source.messages.hints import suggestion
from engine.source.positions import Span
from engine.source.schema import check_shape, load_schema
from engine.source.tree import Plain

BEFORE: Final = "avant"  # the record as it was drawn
DRAWS: Final = 60


@dataclass(frozen=True, slots=True)
class Variant:
    """What becomes of the record that was drawn, and the readings it is computed with."""

    changes: tuple[RecordChange, ...] = ()
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
        # an epoch without any rule: a claim reads results only
        words = _ClaimWords(
            self.law.corpus,
            Epoch(Period(self.law.corpus.first_day, None), {}, {}, ()),
            variants,
            self.findings,
        )
        claim = words.truth(node.get("alors"))
        condition = words.truth(node.get("si"))
        excepted = [words.truth(one.get("quand")) for one in nodes.mappings(node, "sauf")]
        if self.findings or claim is None:
            return None
        said = [one for one in (claim, condition, *excepted) if one is not None]
        draws = nodes.text(node, "tirages")
        read = [node.name for expr in said for node in walk(expr) if isinstance(node, Ref)]
        wanted: dict[str, tuple[str, ...]] = {}
        for variant in variants:
            own = [one.removeprefix(f"{variant}.") for one in read if one.startswith(f"{variant}.")]
            wanted[variant] = tuple(dict.fromkeys(own))
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
            wanted,
            node.span,
        )

    # --- variants

    def _variant(self, node: tree.Node) -> Variant:
        changes: list[RecordChange] = []
        readings: dict[str, str] = {}
        for one in node.items if isinstance(node, tree.Sequence) else ():
            if not isinstance(one, tree.Mapping):
                continue
            if (asked := nodes.mapping(one.get("lire"))) is not None:
                for key, value in asked.entries:
                    option = value.text if isinstance(value, tree.Scalar) else ""
                    wrong = wrong_reading(self.law.corpus, f"{key.text}={option}", key.span)
                    if wrong is None:
                        readings[key.text] = option
                    else:
                        self.findings.append(wrong)
                continue
            change = self._change(one)
            changes += [] if change is None else [change]
        return Variant(tuple(changes), readings)

    def _change(self, node: tree.Mapping) -> RecordChange | None:
        which = nodes.text(node, "ligne")
        chosen: Which = next((one for one in get_args(Which) if one == which), "une")
        for kind in get_args(ChangeKind):
            value = node.get(kind)
            if value is not None:
                return self._of_kind(kind, value, chosen)
        return None

    def _of_kind(self, kind: ChangeKind, value: tree.Node, which: Which) -> RecordChange | None:
        match value:
            case tree.Mapping() if kind == "ajouter":
                drawn = read_drawing(value, self.model, self.findings)
                name, lines = next(iter(drawn.lines.items()), (None, DrawnLines(())))
                return RecordChange("ajouter", name, (), "une", lines)
            case tree.Mapping():
                names = self._names([key for key, _ in value.entries])
                if names is None:
                    return None
                specs = [read_spec(one) for _, one in value.entries]
                return RecordChange(kind, names[0], dict(zip(names[1], specs, strict=True)), which)
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
                return RecordChange(kind, value.text, (), which)
            case _:
                names = self._names(list(nodes.scalars(value)))
                return None if names is None else RecordChange(kind, names[0], names[1], which)

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
class _ClaimWords:
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
        fields = [
            Field(
                f"{variant}.{rule.name}",
                rule.kind,
                rule.label,
                required=True,
                unit=rule.unit,
                vocabulary=rule.vocabulary,
            )
            for variant in self.variants
            for rule in self.corpus.rules
            if rule.scope is None
        ]
        names = Names({field.name: field for field in fields}, {}, {})
        expr = lower_text(FormulaPlace(symbols, names, None), node)
        self.findings += symbols.findings
        if expr is None:
            return None
        check = TypeCheck(self.epoch, symbols, names, {}, frozenset(), {})
        check.pairs.agree(TRUTH, check.type_of(expr, NOTHING), expr.span)
        self.findings += check.findings
        return expr


_SMALL: Final = 600  # candidates tried to make a failing record small


@dataclass(frozen=True, slots=True)
class Failure:
    """A record of which the property is false.

    ``records``: the smallest found, as drawn then changed, by variant; ``values``: what they give.
    """

    records: Mapping[str, Plain]
    values: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a property: how many records were drawn, of how many it was said."""

    property: Property
    drawn: int
    kept: int
    failure: Failure | None
    findings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Those of some files, and what is wrong with the files."""

    found: tuple[Verdict, ...]
    wrong: tuple[Diagnostic, ...]

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """Everything that is not right: E561, E562, E563, and what is wrong with the files."""
        return (*self.wrong, *(finding for one in self.found for finding in one.findings))

    @property
    def drawn(self) -> int:
        """How many records were drawn."""
        return sum(one.drawn for one in self.found)


def run_paths(law: Law, paths: Sequence[Path]) -> Verdicts:
    """Every property under ``paths``: files as given, folders in depth, sorted."""
    found: list[Verdict] = []
    wrong: list[Diagnostic] = []
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if is_property_file(file):
                properties, findings = read_properties(file, law)
                wrong += findings
                found += [run_property(law, one) for one in properties]
    return Verdicts(tuple(found), tuple(wrong))


def run_property(law: Law, one: Property) -> Verdict:
    """Draw records until the property fails, or as many as it says."""
    drawer = Drawer(law, one.drawing)
    trial = _Trial(law, one)
    kept = 0
    for number in range(1, one.draws + 1):
        seed = f"{one.name}/{number}"
        record = drawer.record(Dice(seed))
        outcomes = trial.outcomes(record, seed)
        refused = next((read for read in outcomes.values() if isinstance(read, Refusal)), None)
        if refused is not None and not one.drawing.free:
            found = say(
                "E563",
                one.span,
                nom=one.name,
                code=refused.diagnostics[0].code,
                pourquoi=refused.diagnostics[0].message,
                dossier=to_flow(record),
                conseils=refused.diagnostics[0].hints,
            )
            return Verdict(one, number, kept, None, (found,))
        held = trial.holds(outcomes)  # None too of a free record that is refused
        if held is False:
            failure = trial.smallest(record, seed)
            shown = {
                name: "non calculable" if isinstance(value, NotComputable) else french(value)
                for name, value in failure.values.items()
            }
            record = failure.records[BEFORE]
            finding = say(
                "E561",
                one.span,
                nom=one.name,
                valeurs=[f"{one} = {value}" for one, value in shown.items()],
                dossier=to_flow(record),
            )
            return Verdict(one, number, kept + 1, failure, (finding,))
        kept += held is True
    nothing = () if kept else (say("E562", one.span, nom=one.name, tirages=one.draws),)
    return Verdict(one, one.draws, kept, None, nothing)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One property, tried on records."""

    law: Law
    property: Property

    def records(self, record: Plain, seed: str) -> Iterator[tuple[str, Plain]]:
        """The record of each variant; None when there is nothing to change in it."""
        for name, variant in self.property.variants.items():
            yield name, apply_changes(record, variant.changes, Dice(f"{seed}/{name}"))

    def outcomes(self, record: Plain, seed: str) -> dict[str, Record | Refusal | None]:
        """What is read of each variant; a refusal is why it is not one that a person could give."""
        corpus = self.law.corpus
        return {
            name: None if one is None else read_plain(one, corpus, "tirage")
            for name, one in self.records(record, seed)
        }

    def values(self, outcomes: Mapping[str, Record | Refusal | None]) -> dict[str, Outcome] | None:
        """What the property reads, « variante.regle »; None when a variant cannot be."""
        found: dict[str, Outcome] = {}
        for name, outcome in outcomes.items():
            if not isinstance(outcome, Record):
                return None
            readings = self.property.variants[name].readings
            interpreter = interpreter_for(self.law, outcome, readings)
            for wanted in self.property.wanted[name]:
                found[f"{name}.{wanted}"] = interpreter.step(wanted).value
        return found

    def holds(self, outcomes: Mapping[str, Record | Refusal | None]) -> bool | None:
        """Whether the property is true; None when it says nothing of this record."""
        values = self.values(outcomes)
        if values is None or any(isinstance(one, NotComputable) for one in values.values()):
            return None
        one = self.property
        if one.condition is not None and self._true(one.condition, values) is not True:
            return None
        if any(self._true(except_, values) is True for except_ in one.excepted):
            return None
        return self._true(one.claim, values)

    def _true(self, expr: Expr, values: Mapping[str, Outcome]) -> bool | None:
        """The truth of a condition; None when something it reads is *sans objet*."""
        corpus = self.law.corpus
        read: dict[str, Value] = {
            name: value
            for name, value in values.items()
            if value is not ABSENT and not isinstance(value, NotComputable)
        }
        day = corpus.first_day
        told = Record("propriete", day, read, {}, self.property.span)
        found = Interpreter(corpus, self.law.epoch(day), told).value(expr)
        return found if isinstance(found, bool) else None

    def smallest(self, record: Plain, seed: str) -> Failure:
        """The smallest record found of which the property is still false."""
        small = shrink(record, lambda one: self.holds(self.outcomes(one, seed)) is False, _SMALL)
        return Failure(
            dict(self.records(small, seed)), self.values(self.outcomes(small, seed)) or {}
        )


def failure_name(verdict: Verdict) -> str:
    """The name of the file of a failure: its code, and where its property is."""
    span = verdict.property.span
    stem = span.file.rpartition("/")[2].rpartition(".")[0]
    return f"E561-{stem}-{span.line}.yaml"


def failure_text(verdict: Verdict, failure: Failure, law: Law) -> str:
    """One case for each variant, with what the rules give now: a person says which is wrong."""
    one = verdict.property
    cases = [
        WrittenCase(
            f"{one.name} : {variant}",
            one.source.document,
            one.source.place,
            record,
            {
                name: failure.values[f"{variant}.{name}"]
                for name in one.wanted[variant]
                if f"{variant}.{name}" in failure.values
            },
            one.variants[variant].readings,
        )
        for variant, record in failure.records.items()
        if record is not None
    ]
    comments = (
        f"La propriété « {one.name} » ({one.span.file}:{one.span.line}) est fausse de ce dossier.",
        "« attendu » est ce que les règles donnent aujourd'hui : corrigez d'après la source.",
    )
    return case_file_text(comments, cases, law.corpus)
