"""A divergence, told: where two evaluations part, why, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.evaluation.divergence import Divergence, Parting, ReasonKind
from engine.evaluation.explanation import Explained
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.show import counted
from engine.reponse.report import Block, Report, Sentence

_WHY: Final[Mapping[ReasonKind, str]] = {
    "champ": "champ différent",
    "lignes": "nombre de lignes différent",
    "version": "autre version de la règle",
    "table": "autre valeur dans la table",
    "lecture": "autre lecture",
}


def divergence_report(found: Divergence, a: Interpreter, b: Interpreter) -> Report:
    """Both sides, the origins, what follows, the results that change.

    In JSON, ``suite`` and ``origines`` are in order of dependency.
    """
    sides = [f"A : {_heading(a)}", f"B : {_heading(b)}"]
    if not found.partings:
        sides.append("Aucune divergence : les deux calculs donnent les mêmes résultats.")
    parts: list[Block] = [Sentence("\n".join(sides))]
    for parting in found.origins:
        what = "Première divergence" if parting.first else "Autre cause, plus haut"
        values = [f"  A : {value_words(parting.a)}", f"  B : {value_words(parting.b)}"]
        lines = (f"{what} : {named(parting)}", *values, *reason_words(parting, "A", "B"))
        parts.append(Sentence("\n".join(lines)))
    words: list[str] = []
    for parting in found.rest:
        moved = f"{value_words(parting.a)} → {value_words(parting.b)}"
        words.append(f"  {named(parting)} : {moved}   par {', '.join(parting.through)}")
        words += _branches(parting, "A", "B")
    if words:
        parts.append(Sentence("\n".join(("Ce qui en découle :", *words))))
    if found.partings:
        count = counted(len(found.results), "résultat différent", "résultats différents")
        parts.append(Sentence(f"{count} : {', '.join(found.results)}"))
    data = {
        "a": _side_json(a),
        "b": _side_json(b),
        "identiques": not found.partings,
        "origines": [parting_json(one) for one in found.origins],
        "suite": [parting_json(one) for one in found.rest],
        "resultats": list(found.results),
    }
    return Report("Où deux calculs se séparent", parts, data)


def reason_words(parting: Parting, a: str, b: str) -> Iterator[str]:
    """Why a step differs by itself, its sides being called ``a`` and ``b``."""
    for reason in parting.reasons:
        yield f"  {_WHY[reason.kind]} : {reason.what}"
        yield f"    {a} : {reason.a}"
        yield f"    {b} : {reason.b}"
    yield from _branches(parting, a, b)


def _heading(one: Interpreter) -> str:
    readings = ", ".join(f"{name}={option}" for name, option in one.readings.items())
    asked = f", lectures demandées : {readings}" if readings else ""
    record = one.record
    return (
        f"{record.ident}, au {record.day.isoformat()}{asked}   "
        f"{record.span.file}:{record.span.line}, règles {one.corpus.digest[:19]}"
    )


def named(parting: Parting) -> str:
    """A step: its label, its rule, its line."""
    line = "" if parting.line is None else f", ligne {parting.line} ({parting.about})"
    return f"{parting.label} ({parting.name}{line})"


def value_words(told: Explained) -> str:
    """The value of a step, and what it lacks."""
    return f"{told.value} ({', '.join(told.lacks)})" if told.lacks else told.value


def _branches(parting: Parting, a: str, b: str) -> Iterator[str]:
    for table, row_a, row_b in parting.rows:
        yield f"    autre ligne de la table {table} : {a} {row_a} ; {b} {row_b}"
    for side, what, why in parting.branches:
        yield f"    écarté en {a if side == 'A' else b} seulement : {what} ({why})"


def _side_json(one: Interpreter) -> dict[str, object]:
    return {
        "dossier": one.record.ident,
        "date": one.record.day.isoformat(),
        "fichier": one.record.span.file,
        "empreinte": one.corpus.digest,
        "lectures": dict(one.readings),
    }


def parting_json(one: Parting) -> dict[str, object]:
    """One step that differs, for other programs."""
    return {
        "regle": one.name,
        "libelle": one.label,
        "ligne": one.line,
        "premiere": one.first,
        **{
            side: {
                "valeur": told.value,
                "formule": told.formula,
                "chiffres": told.figures,
                "depuis": told.since,
                "lieu": told.place,
            }
            for side, told in (("a", one.a), ("b", one.b))
        },
        "raisons": [
            {"nature": why.kind, "quoi": why.what, "a": why.a, "b": why.b} for why in one.reasons
        ],
        "par": list(one.through),
        "lignes_de_table": [
            {"table": table, "a": row_a, "b": row_b} for table, row_a, row_b in one.rows
        ],
        "branches": [
            {"ecarte_en": side, "quoi": what, "pourquoi": why} for side, what, why in one.branches
        ],
    }
