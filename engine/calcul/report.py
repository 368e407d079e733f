"""The results and the anomalies of records, told; the tree of an explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from engine.evaluation.explanation import Contested, Explained, named_source
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import Computed
from engine.evaluation.show import counted, french, visible
from engine.langage.corpus import Corpus, Gravity
from engine.langage.records import Record
from engine.langage.units import NamedUnit
from engine.reponse.report import (
    Block,
    Heading,
    ListColumn,
    Listing,
    Report,
    Sentence,
    Shown,
    Tree,
)

_MARKS: Final[Mapping[Gravity, str]] = {"bloquant": "✗ bloquant", "alerte": "! alerte"}


def results_report(
    corpus: Corpus, computed: Sequence[Computed], names: Sequence[str], objects: object
) -> Report:
    """The results of ``names``, the anomalies under them, what they rely on, and a count.

    ``objects``: the same in JSON.
    """
    parts: list[Block] = [_results(corpus, computed, names)] if computed else []
    count = sum(len(one.anomalies) for one in computed)
    if count:
        blocking = sum(any(a.gravity == "bloquant" for a in one.anomalies) for one in computed)
        blocked = counted(blocking, "dossier bloqué", "dossiers bloqués")
        parts.append(Heading(f"{counted(count, 'anomalie')}, {blocked}"))
        parts += [_anomalies(corpus, one) for one in computed if one.anomalies]
    relied = relied_on(computed)
    parts += [Sentence("\n".join(relied))] if relied else []
    done = counted(len(computed), "dossier calculé", "dossiers calculés")
    parts.append(Sentence(f"{done}, corpus {corpus.digest[:19]}…"))
    return Report("Résultats", parts, objects)


def _results(corpus: Corpus, computed: Sequence[Computed], names: Sequence[str]) -> Listing:
    """One row per record, one column per name, with the unit in its heading."""
    columns = [ListColumn("", "dossier", "code"), ListColumn("", "date", "code")]
    units = [corpus.units.get(corpus.rule(name).unit or "") for name in names]
    for name, unit in zip(names, units, strict=True):
        heading = f"{name} ({unit.symbol})" if unit is not None and unit.symbol else name
        columns.append(ListColumn("", heading, "number"))
    rows = [
        (
            visible(one.record.ident),
            one.record.day,
            *(_cell(one.values[name], unit) for name, unit in zip(names, units, strict=True)),
        )
        for one in computed
    ]
    return Listing("", columns, rows)


def _cell(value: Outcome, unit: NamedUnit | None) -> str:
    if isinstance(value, NotComputable):
        return "?"
    text = french(value, unit)
    return "—" if text == "sans objet" else text.removesuffix(f" {unit.symbol if unit else ''}")


def _anomalies(corpus: Corpus, one: Computed) -> Listing:
    """The anomalies of a record, blocking ones first."""
    rows = [
        (
            Shown(found.gravity, _MARKS[found.gravity], found.gravity),
            f"{found.code} : {found.message}  [{named_source(corpus, found.source)}]",
        )
        for found in sorted(one.anomalies, key=lambda anomaly: anomaly.gravity != "bloquant")
    ]
    columns = [ListColumn("", "", "code"), ListColumn("", "")]
    return Listing(visible(one.record.ident), columns, rows)


def relied_on(computed: Sequence[Computed]) -> Sequence[str]:
    """The contested readings and the figures to verify that the results rest on, once each."""
    points = sorted({point for one in computed for point in one.points})
    notes = dict.fromkeys(note for one in computed for note in one.notes)
    lines = [f"lectures appliquées : {', '.join(points)}"] if points else []
    return lines + [f"à vérifier : {note}" for note in notes]


def explanations_report(
    found: Sequence[tuple[Record, Sequence[Explained]]], objects: object, *, whole: bool
) -> Report:
    """The explanations of each record; ``objects``: the same in JSON."""
    parts: list[Block] = []
    for record, explained in found:
        parts.append(Heading(f"{visible(record.ident)}, au {record.day.isoformat()}"))
        parts += [explanation_tree(one, whole=whole) for one in explained]
    return Report("Explications", parts, objects)


def explanation_tree(explained: Explained, *, whole: bool = False) -> Tree:
    """The tree of an explanation.

    Short, it follows what makes the value; below a zero it follows a single thread, and shows what
    a threshold held back. ``whole``, it shows everything, and what was read to choose.
    """
    seen = {explained.key}
    below = _grown(explained, seen, whole=whole)
    said = (*_reserves(explained, seen), *map(_contested, explained.contested))
    root = _told(explained, full=True, whole=whole)
    if any(child.lacks for child in explained.children):
        lacking = [f"non calculable : {lack}" for lack in explained.lacks]
        root = replace(root, lines=[*root.lines, *lacking])
    return replace(root, children=[*below, *map(Tree, said)])


def _reserves(explained: Explained, seen: set[tuple[str, int | None]]) -> list[str]:
    """What is still to be verified in the steps that the tree does not show, each told once."""
    noted = [
        (one.key in seen, one.label, note) for one in explained.everything() for note in one.notes
    ]
    told = {(label, note) for shown, label, note in noted if shown}
    hidden = dict.fromkeys((label, note) for _, label, note in noted if (label, note) not in told)
    return [f"à vérifier : {label} : {note}" for label, note in hidden]


def _contested(one: Contested) -> str:
    """« lecture retenue : le tableau ; l'autre (--lecture effectif=imprime) donnerait 11 h »."""
    kind = "retenue" if one.retained else "demandée"
    others = [
        f"l'autre (--lecture {one.point}={option}) donnerait {value}"
        for option, value in one.others
    ]
    return " ; ".join((f"lecture {kind} : {one.words}", *others))


def _grown(one: Explained, seen: set[tuple[str, int | None]], *, whole: bool) -> list[Tree]:
    """The branches of a step, each shown once; lines alike are counted."""
    branches = []
    alike: dict[tuple[str, str], int] = {}
    for child in _below(one, whole=whole):
        kind = (child.name, child.formula)
        if not whole and child.line is not None and kind in alike:
            alike[kind] += 1
            continue
        alike[kind] = 0
        again = child.key in seen and bool(child.children)
        seen.add(child.key)
        branch = _told(child, full=whole or child.weighs, whole=whole, again=again)
        below = [] if again else _grown(child, seen, whole=whole)
        branches.append(replace(branch, children=below))
    for (name, _), count in alike.items():
        if count:
            others = "une autre ligne" if count == 1 else f"{count} autres lignes"
            branches.append(Tree("", aside=f"{name} : de même pour {others}"))
    return branches


def _below(one: Explained, *, whole: bool) -> list[Explained]:
    """The steps to show below ``one``."""
    if whole:
        return [*one.children, *one.conditions]
    if not one.children and not one.parameter:
        # A constant has no step that makes it: what was read to choose it tells why.
        return [step for step in one.conditions if step.weighs and not step.parameter]
    thread = len({child.name for child in one.children}) == 1
    return [child for child in one.children if thread or _worth(child, one)]


def _worth(child: Explained, parent: Explained) -> bool:
    """Whether a short explanation shows ``child``: it weighs, or tells why a zero is one."""
    if child.weighs or child.lacks:
        return True
    if child.line is not None:
        return False
    return parent.weighs or _held_back(child)


def _held_back(one: Explained) -> bool:
    return any(refused.near for refused in one.refused) or any(map(_held_back, one.children))


def _told(one: Explained, *, full: bool, whole: bool, again: bool = False) -> Tree:
    aside = f"   {one.name}"
    if one.line is not None:
        aside += f", ligne {one.line} ({one.about})"
    lines: Sequence[str] = ()
    if again:
        aside += "   (expliqué plus haut)"
    elif one.parameter:
        aside += f"   {reference(replace(one, since=''))}"
        lines = _to_verify(one)
    else:
        lines = _details(one, whole=whole) if full or one.lacks else _brief(one)
    return Tree(f"{one.label} = ", one.value, aside, lines)


def _to_verify(one: Explained) -> list[str]:
    return [f"à vérifier : {note}" for note in one.notes]


def _brief(one: Explained) -> list[str]:
    """A zero or a truth, on one line: its figures and where it is written."""
    figures = "" if one.figures in ("", one.value) else f"= {one.figures}   "
    return [f"{figures}{reference(one)}", *_to_verify(one), *_refusals(one, near=True)]


def _details(one: Explained, *, whole: bool) -> list[str]:
    lines: list[str] = []
    said = ("", one.value, one.value.rpartition("(")[2].rstrip(")"))  # a code is in its value
    if one.formula not in (*said, one.figures, one.name):
        lines.append(f"= {one.formula}")
    if one.figures not in said:
        lines.append(f"= {one.figures}")
    lines += [f"    {line}" for line in one.counted]
    lines += [] if one.rounding is None else [one.rounding]
    lines += [reference(one)]
    lines += [] if one.cite is None else [f"« {one.cite.strip()} »"]
    if whole and one.example is not None:  # somebody else's figures: never beside one's own
        lines.append(f"exemple de la source : « {one.example.strip()} »")
    lines += [f"lecture : {reading}" for reading in one.readings] if whole else []
    lines += _to_verify(one)
    lines += _refusals(one)
    if not any(child.lacks for child in one.children):  # the last step is the one that tells why
        lines += [f"non calculable : {lack}" for lack in one.lacks]
    return lines


def _refusals(one: Explained, *, near: bool = False) -> list[str]:
    """What did not apply, and why; ``near``: only what a threshold held back."""
    kept = [refused for refused in one.refused if refused.near or not near]
    return [f"écarté : {refused.what} ({refused.why})" for refused in kept]


def reference(one: Explained) -> str:
    """Text, articles, date and place: « décret n° 2014-940, art. 6, depuis le … fichier:ligne »."""
    articles = f"art. {', '.join(one.articles)}" if one.articles else ""
    since = f"depuis le {one.since}" if one.since else ""
    rests = ", ".join(part for part in (one.text, articles, since, one.origin) if part)
    return f"{rests}   {one.place}".strip()
