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


def _anomalies(corpus: Corpus, computed: Computed) -> Listing:
    """The anomalies of a record, blocking ones first."""
    rows = [
        (
            Shown(found.gravity, _MARKS[found.gravity], found.gravity),
            f"{found.code} : {found.message}  [{named_source(corpus, found.source)}]",
        )
        for found in sorted(computed.anomalies, key=lambda anomaly: anomaly.gravity != "bloquant")
    ]
    columns = [ListColumn("", "", "code"), ListColumn("", "")]
    return Listing(visible(computed.record.ident), columns, rows)


def relied_on(computed: Sequence[Computed]) -> Sequence[str]:
    """The contested readings and the figures to verify that the results rest on, once each."""
    points = sorted({point for one in computed for point in one.points})
    notes = dict.fromkeys(note for one in computed for note in one.notes)
    lines = [f"lectures appliquées : {', '.join(points)}"] if points else []
    return lines + [f"à vérifier : {note}" for note in notes]


def explanations_report(
    explanations: Sequence[tuple[Record, Sequence[Explained]]], objects: object, *, whole: bool
) -> Report:
    """The explanations of each record; ``objects``: the same in JSON."""
    parts: list[Block] = []
    for record, explained in explanations:
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


def _contested(point: Contested) -> str:
    """« lecture retenue : le tableau ; l'autre (--lecture effectif=imprime) donnerait 11 h »."""
    kind = "retenue" if point.retained else "demandée"
    others = [
        f"l'autre (--lecture {point.point}={option}) donnerait {value}"
        for option, value in point.others
    ]
    return " ; ".join((f"lecture {kind} : {point.words}", *others))


def _grown(explained: Explained, seen: set[tuple[str, int | None]], *, whole: bool) -> list[Tree]:
    """The branches of a step, each shown once; lines alike are counted."""
    branches = []
    alike: dict[tuple[str, str], int] = {}
    for child in _below(explained, whole=whole):
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


def _below(explained: Explained, *, whole: bool) -> list[Explained]:
    """The steps to show below ``explained``."""
    if whole:
        return [*explained.children, *explained.conditions]
    if not explained.children and not explained.parameter:
        # A constant has no step that makes it: what was read to choose it tells why.
        return [step for step in explained.conditions if step.weighs and not step.parameter]
    thread = len({child.name for child in explained.children}) == 1
    return [child for child in explained.children if thread or _worth(child, explained)]


def _worth(child: Explained, parent: Explained) -> bool:
    """Whether a short explanation shows ``child``: it weighs, or tells why a zero is one."""
    if child.weighs or child.lacks:
        return True
    if child.line is not None:
        return False
    return parent.weighs or _held_back(child)


def _held_back(explained: Explained) -> bool:
    return any(refused.near for refused in explained.refused) or any(
        map(_held_back, explained.children)
    )


def _told(explained: Explained, *, full: bool, whole: bool, again: bool = False) -> Tree:
    aside = f"   {explained.name}"
    if explained.line is not None:
        aside += f", ligne {explained.line} ({explained.about})"
    lines: Sequence[str] = ()
    if again:
        aside += "   (expliqué plus haut)"
    elif explained.parameter:
        aside += f"   {reference(replace(explained, since=''))}"
        lines = _to_verify(explained)
    else:
        lines = _details(explained, whole=whole) if full or explained.lacks else _brief(explained)
    return Tree(f"{explained.label} = ", explained.value, aside, lines)


def _to_verify(explained: Explained) -> list[str]:
    return [f"à vérifier : {note}" for note in explained.notes]


def _brief(explained: Explained) -> list[str]:
    """A zero or a truth, on one line: its figures and where it is written."""
    figures = "" if explained.figures in ("", explained.value) else f"= {explained.figures}   "
    return [
        f"{figures}{reference(explained)}",
        *_to_verify(explained),
        *_refusals(explained, near=True),
    ]


def _details(explained: Explained, *, whole: bool) -> list[str]:
    lines: list[str] = []
    said = (
        "",
        explained.value,
        explained.value.rpartition("(")[2].rstrip(")"),
    )  # a code is in its value
    if explained.formula not in (*said, explained.figures, explained.name):
        lines.append(f"= {explained.formula}")
    if explained.figures not in said:
        lines.append(f"= {explained.figures}")
    lines += [f"    {line}" for line in explained.counted]
    lines += [] if explained.rounding is None else [explained.rounding]
    lines += [reference(explained)]
    lines += [] if explained.cite is None else [f"« {explained.cite.strip()} »"]
    if whole and explained.example is not None:  # somebody else's figures: never beside one's own
        lines.append(f"exemple de la source : « {explained.example.strip()} »")
    lines += [f"lecture : {reading}" for reading in explained.readings] if whole else []
    lines += _to_verify(explained)
    lines += _refusals(explained)
    if not any(
        child.lacks for child in explained.children
    ):  # the last step is the one that tells why
        lines += [f"non calculable : {lack}" for lack in explained.lacks]
    return lines


def _refusals(explained: Explained, *, near: bool = False) -> list[str]:
    """What did not apply, and why; ``near``: only what a threshold held back."""
    kept = [refused for refused in explained.refused if refused.near or not near]
    return [f"écarté : {refused.what} ({refused.why})" for refused in kept]


def reference(explained: Explained) -> str:
    """Text, articles, date and place: « décret n° 2014-940, art. 6, depuis le … fichier:ligne »."""
    articles = f"art. {', '.join(explained.articles)}" if explained.articles else ""
    since = f"depuis le {explained.since}" if explained.since else ""
    rests = ", ".join(part for part in (explained.text, articles, since, explained.origin) if part)
    return f"{rests}   {explained.place}".strip()
