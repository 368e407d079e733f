"""A name and a day go in; the same file comes out with one more version, its values to be filled.

The text of the file is kept as it is, to the byte: the lines of the last version are copied above
it (or below, in a file that goes the other way), with another date. A person then edits them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import PurePath
from typing import Final

from engine.evaluation.outcomes import rounded
from engine.evaluation.show import decimal_text, french, key_words, percent
from engine.langage import nodes
from engine.langage.corpus import Corpus
from engine.langage.kernel import Const
from engine.langage.units import NamedUnit
from engine.langage.versions import DRAFT
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import rewritten
from engine.source.yaml_tree import read_yaml

# What is true of one version only: its dates, its checks, its reasons.
_OWN: Final = (
    "depuis",
    "jusqu_a",
    "statut",
    "a_remplir",
    "verifie_le",
    "verifie_par",
    "signe_le",
    "signe_par",
    "publie_le",
    "modifie_par",
    "justifie",
    "a_verifier",
)
_FILLED: Final = ("valeur", "lignes", "source")  # what a yearly edit changes


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number of the new version, and what it was, as files write them; ``what`` says which."""

    what: str
    before: str
    after: str
    unit: NamedUnit | None = None

    @property
    def words(self) -> str:
        """« 1 250,00 € → 1 280,00 € (+ 2,4 %) »."""
        before, after = (french(Fraction(one), self.unit) for one in (self.before, self.after))
        return f"{before} → {after} ({percent_words(self)})"


@dataclass(frozen=True, slots=True)
class Target:
    """What gets a new version: its name, its file, its versions, the unit of its values."""

    owner: str  # its text; the name of its file when it is a parameter of no text
    name: str
    file: str
    node: tree.Mapping
    versions: tuple[tree.Mapping, ...]
    unit: NamedUnit | None
    follows: str | None  # the parameter that its values follow
    parameter: bool

    @property
    def many(self) -> bool:
        """Whether its versions hold rows, and not one value."""
        return any(one.get("lignes") is not None for one in self.versions)

    @property
    def newest_first(self) -> bool:
        """Whether the newest version is written first, as parameters are and texts are not."""
        if len(self.versions) == 1:
            return self.parameter
        return since_of(self.versions[0]) > since_of(self.versions[-1])


@dataclass(frozen=True, slots=True)
class Written:
    """The new text of a file, and the numbers that the new versions give another value."""

    file: str
    text: str
    changed: tuple[NewNumber, ...]


def named_targets(
    everything: Sequence[Target], name: str, only: Sequence[str] = ()
) -> tuple[tuple[Target, ...], tuple[Diagnostic, ...]]:
    """What « NOM » means: a parameter, a table or a rule, or all those of a text or of a file.

    Args:
        everything: what ``all_targets`` gives.
        name: a parameter, a text, a file of parameters, a table, a rule.
        only: the tables and rules wanted of a text; those with values of their own when empty.

    Returns:
        The targets, or none and E554 (nothing of that name, or nothing in it to copy).
    """
    found = tuple(
        one
        for one in everything
        if name in (one.name, f"{one.owner}.{one.name}")
        or (name == one.owner and (one.name in only if only else _valued(one.versions)))
    )
    known = {name for one in everything for name in (one.owner, one.name)}
    if found:
        return found, ()
    near = () if name in known else sorted(known)  # what is known is not misspelt
    return (), (nothing_to_copy(name, near),)


def all_targets(corpus: Corpus, contents: Mapping[str, str]) -> Iterator[Target]:
    """Each parameter, rule and table of some texts, by the name of their file."""
    for file, text in contents.items():
        for document in read_yaml(text, file)[0]:
            if isinstance(document, tree.Mapping):
                for owner, own, node, listed in _declared(document, PurePath(file).stem):
                    follows, parameter = nodes.text(node, "suit"), node.get("valeurs") is not None
                    unit = corpus.units.get(nodes.text(node, "unite") or "")
                    yield Target(owner, own, file, node, listed, unit, follows, parameter)


def _declared(
    document: tree.Mapping, stem: str
) -> Iterator[tuple[str, str, tree.Mapping, tuple[tree.Mapping, ...]]]:
    """Each parameter, rule and table of a file: its text, its name, its node, its versions."""
    text = nodes.text(document, "texte")
    for key, node in nodes.entries(document, "parametres"):
        yield text or stem, key.text, node, nodes.mappings(node, "valeurs")
    if text is None:
        return
    for kind in ("regles", "tables"):
        for key, node in nodes.entries(document, kind):
            yield text, key.text, node, nodes.mappings(node, "versions")


def _valued(versions: tuple[tree.Mapping, ...]) -> bool:
    """Whether the last version has values of its own: the rows of a table, or a number."""
    last = max(versions, key=since_of, default=None)
    if last is None or last.get("jusqu_a") is not None:  # what has ended is not renewed
        return False
    value = nodes.scalar(last, "valeur")
    return last.get("lignes") is not None or (value is not None and nodes.number(value) is not None)


def since_of(version: tree.Mapping) -> date:
    """The first day of a version."""
    return nodes.day(version, "depuis") or date.min


# --- values


@dataclass(frozen=True, slots=True)
class Values:
    """What becomes of the numbers: one given, or all multiplied by ``factor``."""

    given: Fraction | None = None
    factor: Fraction | None = None

    def of(
        self, corpus: Corpus, target: Target, version: tree.Mapping
    ) -> Iterator[tuple[tree.Scalar, str, str]]:
        """Each number of a version, what it is, and what is written instead."""
        value = nodes.scalar(version, "valeur")
        if value is not None and nodes.number(value) is not None:
            yield from self._changed(target, value, target.name)
        for last, keys in _rows(corpus, target, version):
            if isinstance(last, tree.Scalar) and nodes.number(last) is not None:
                yield from self._changed(target, last, f"{target.name}, {keys}")

    def _changed(
        self, target: Target, scalar: tree.Scalar, what: str
    ) -> Iterator[tuple[tree.Scalar, str, str]]:
        number = nodes.number(scalar)
        if number is None:
            return
        if self.given is not None:
            yield scalar, what, written_number(self.given, 0)
        elif self.factor is not None:
            decimals = 0 if target.unit is None else target.unit.decimals
            given = rounded(number * self.factor, Fraction(1, 10**decimals), "proche")
            yield scalar, what, written_number(given, decimals)


def _rows(corpus: Corpus, target: Target, version: tree.Mapping) -> Iterator[tuple[tree.Node, str]]:
    """The value of each row of a table, and the words of its keys."""
    if not target.many:
        return
    table = corpus.tables[target.name]
    lowered = next(one for one in table.versions if one.period.since == since_of(version))
    for node, row in zip(nodes.items(version, "lignes"), lowered.rows, strict=True):
        if isinstance(node, tree.Sequence):
            pairs = zip(table.columns, row.cells, strict=True)
            yield node.items[-1], ", ".join(key_words(corpus, *one) for one in pairs)


def ratio(
    corpus: Corpus, chosen: Sequence[Target], given: Fraction, day: date
) -> tuple[Fraction | None, Diagnostic | None]:
    """What the values are multiplied by when the parameter that they follow becomes ``given``.

    Returns:
        The ratio, or None and E556: they follow none, or not the same one.
    """
    followed = {one.follows for one in chosen}
    name = followed.pop() if len(followed) == 1 else None
    rule = next((one for one in corpus.rules if one.parameter and one.name == name), None)
    bodies = (
        []
        if rule is None
        else [
            one.body
            for one in rule.versions
            if one.period.since < day and isinstance(one.body, Const)
        ]
    )
    value = bodies[-1].value if bodies else None
    if not isinstance(value, Fraction) or value == 0:
        return None, say("E556", "--point", noms=[one.name for one in chosen])
    return given / value, None


def percent_words(changed: NewNumber) -> str:
    """« + 1,5 % »: how much a number moves."""
    before, after = Fraction(changed.before), Fraction(changed.after)
    return "depuis 0" if before == 0 else percent(after / before)


def written_number(value: Fraction, decimals: int) -> str:
    """A number as the file writes it: whole, or with its decimals."""
    most = decimals
    while (value * 10**most).denominator != 1:
        most += 1
    return decimal_text(value, 0 if value.denominator == 1 else most)


# --- text


def with_new_versions(
    corpus: Corpus,
    contents: Mapping[str, str],
    chosen: Sequence[Target],
    day: date,
    values: Values,
) -> tuple[tuple[Written, ...], tuple[Diagnostic, ...]]:
    """The files, each target with one more version from ``day``.

    Returns:
        The new texts, or none and E555: a version begins that day or later.
    """
    late = [
        say(
            "E555",
            version.span,
            cas="ce_jour" if since_of(version) == day else "plus_tard",
            nom=one.name,
            depuis=since_of(version),
        )
        for one in chosen
        for version in one.versions
        if since_of(version) >= day
    ]
    if late:
        return (), tuple(late)
    written: list[Written] = []
    for file in dict.fromkeys(one.file for one in chosen):
        lines = contents[file].split("\n")
        changed: list[NewNumber] = []
        inserted: list[tuple[int, list[str]]] = []
        for one in (each for each in chosen if each.file == file):
            last = max(one.versions, key=since_of)
            edits = list(values.of(corpus, one, last))
            changed += [
                NewNumber(what, scalar.text, text, one.unit) for scalar, what, text in edits
            ]
            new = [(scalar, text) for scalar, _, text in edits]
            # the fields that a person still has to write; a value that was given is written
            filled = {"valeur"} if values.given is not None else set()
            left = [key.text for key, _ in last.entries if key.text in {*_FILLED} - filled]
            at = last.span.line - 1 if one.newest_first else _end(last)
            inserted.append((at, _new_item(lines, last, day, left, new)))
        for at, new_lines in sorted(inserted, reverse=True):
            lines[at:at] = new_lines
        written.append(Written(file, "\n".join(lines), tuple(changed)))
    return tuple(written), ()


def _end(node: tree.Node) -> int:
    """The number of lines up to the end of a node."""
    return node.span.end_line - (1 if node.span.end_column == 1 else 0)


def _new_item(
    lines: Sequence[str],
    last: tree.Mapping,
    day: date,
    left: Sequence[str],
    edits: Iterable[tuple[tree.Scalar, str]],
) -> list[str]:
    """The lines of the new version, copied from those of the last one."""
    written = list(edits)
    edited = rewritten(lines, ((scalar.span, new) for scalar, new in written))
    first = last.span.line - 1
    dash = lines[first].index("-")
    head = [f"depuis: {day}", f"statut: {DRAFT}"]
    head += [f"a_remplir: [{', '.join(left)}]"] if left else []
    if lines[first][last.span.column - 1] == "{":
        parts = [
            _raw(lines, key, value, dict(_texts(written)))
            for key, value in last.entries
            if key.text not in _OWN
        ]
        return [f"{' ' * dash}- {{{', '.join([*head, *parts])}}}"]
    indent = " " * (last.span.column - 1)
    kept = list(_kept(edited, last))
    return [f"{' ' * dash}- {head[0]}", *(f"{indent}{one}" for one in head[1:]), *kept]


def _texts(edits: Iterable[tuple[tree.Scalar, str]]) -> Iterator[tuple[tuple[int, int], str]]:
    for scalar, new in edits:
        yield (scalar.span.line, scalar.span.column), new


def _raw(
    lines: Sequence[str], key: tree.Scalar, value: tree.Node, edits: Mapping[tuple[int, int], str]
) -> str:
    """« clé: valeur » as it is written on one line."""
    span = value.span
    new = edits.get((span.line, span.column))
    if new is not None:
        return f"{key.text}: {new}"
    if span.line == span.end_line:
        return f"{key.text}: {lines[span.line - 1][span.column - 1 : span.end_column - 1]}"
    rest = [
        lines[span.line - 1][span.column - 1 :],
        *lines[span.line : span.end_line - 1],
        lines[span.end_line - 1][: span.end_column - 1],
    ]
    return f"{key.text}: {' '.join(one.strip() for one in rest)}"


def _kept(lines: Sequence[str], last: tree.Mapping) -> Iterator[str]:
    """The lines of the entries that a new version keeps, the comments below each with it."""
    starts = [key.span.line - 1 for key, _ in last.entries]
    ends = [*starts[1:], max(_end(last), starts[-1] + 1)]
    for (key, _), start, end in zip(last.entries, starts, ends, strict=True):
        if key.text not in _OWN:
            # The first key stands after the dash: its line is indented as the others are.
            first = " " * (key.span.column - 1) + lines[start][key.span.column - 1 :]
            yield from (first, *lines[start + 1 : end])


def nothing_to_copy(name: str, known: Sequence[str]) -> Diagnostic:
    """E554: nothing bears that name, or nothing in it has values of its own."""
    near = suggestion(name, known, "les noms", most=0)
    way_out = near or ("pour une règle d'un texte, nommez-la : texte.regle, ou --regle",)
    return say("E554", "NOM", nom=name, conseils=way_out)
