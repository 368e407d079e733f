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


def divergence_report(divergence: Divergence, a: Interpreter, b: Interpreter) -> Report:
    """Both sides, the origins, what follows, the results that change.

    In JSON, ``suite`` and ``origines`` are in order of dependency.
    """
    sides = [f"A : {_heading(a)}", f"B : {_heading(b)}"]
    if not divergence.partings:
        sides.append("Aucune divergence : les deux calculs donnent les mêmes résultats.")
    parts: list[Block] = [Sentence("\n".join(sides))]
    for parting in divergence.origins:
        what = "Première divergence" if parting.first else "Autre cause, plus haut"
        values = [f"  A : {value_words(parting.a)}", f"  B : {value_words(parting.b)}"]
        lines = (f"{what} : {named(parting)}", *values, *reason_words(parting, "A", "B"))
        parts.append(Sentence("\n".join(lines)))
    words: list[str] = []
    for parting in divergence.rest:
        moved = f"{value_words(parting.a)} → {value_words(parting.b)}"
        words.append(f"  {named(parting)} : {moved}   par {', '.join(parting.through)}")
        words += _branches(parting, "A", "B")
    if words:
        parts.append(Sentence("\n".join(("Ce qui en découle :", *words))))
    if divergence.partings:
        count = counted(len(divergence.results), "résultat différent", "résultats différents")
        parts.append(Sentence(f"{count} : {', '.join(divergence.results)}"))
    data = {
        "a": _side_json(a),
        "b": _side_json(b),
        "identiques": not divergence.partings,
        "origines": [parting_json(one) for one in divergence.origins],
        "suite": [parting_json(one) for one in divergence.rest],
        "resultats": list(divergence.results),
    }
    return Report("Où deux calculs se séparent", parts, data)


def reason_words(parting: Parting, a: str, b: str) -> Iterator[str]:
    """Why a step differs by itself, its sides being called ``a`` and ``b``."""
    for reason in parting.reasons:
        yield f"  {_WHY[reason.kind]} : {reason.what}"
        yield f"    {a} : {reason.a}"
        yield f"    {b} : {reason.b}"
    yield from _branches(parting, a, b)


def _heading(evaluation: Interpreter) -> str:
    readings = ", ".join(f"{name}={option}" for name, option in evaluation.readings.items())
    asked = f", lectures demandées : {readings}" if readings else ""
    record = evaluation.record
    return (
        f"{record.ident}, au {record.day.isoformat()}{asked}   "
        f"{record.span.file}:{record.span.line}, règles {evaluation.corpus.digest[:19]}"
    )


def named(parting: Parting) -> str:
    """A step: its label, its rule, its line."""
    line = "" if parting.line is None else f", ligne {parting.line} ({parting.about})"
    return f"{parting.label} ({parting.name}{line})"


def value_words(explained: Explained) -> str:
    """The value of a step, and what it lacks."""
    return (
        f"{explained.value} ({', '.join(explained.lacks)})" if explained.lacks else explained.value
    )


def _branches(parting: Parting, a: str, b: str) -> Iterator[str]:
    for table, row_a, row_b in parting.rows:
        yield f"    autre ligne de la table {table} : {a} {row_a} ; {b} {row_b}"
    for side, what, why in parting.branches:
        yield f"    écarté en {a if side == 'A' else b} seulement : {what} ({why})"


def _side_json(evaluation: Interpreter) -> dict[str, object]:
    return {
        "dossier": evaluation.record.ident,
        "date": evaluation.record.day.isoformat(),
        "fichier": evaluation.record.span.file,
        "empreinte": evaluation.corpus.digest,
        "lectures": dict(evaluation.readings),
    }


def parting_json(parting: Parting) -> dict[str, object]:
    """One step that differs, for other programs."""
    return {
        "regle": parting.name,
        "libelle": parting.label,
        "ligne": parting.line,
        "premiere": parting.first,
        **{
            side: {
                "valeur": told.value,
                "formule": told.formula,
                "chiffres": told.figures,
                "depuis": told.since,
                "lieu": told.place,
            }
            for side, told in (("a", parting.a), ("b", parting.b))
        },
        "raisons": [
            {"nature": why.kind, "quoi": why.what, "a": why.a, "b": why.b}
            for why in parting.reasons
        ],
        "par": list(parting.through),
        "lignes_de_table": [
            {"table": table, "a": row_a, "b": row_b} for table, row_a, row_b in parting.rows
        ],
        "branches": [
            {"ecarte_en": side, "quoi": what, "pourquoi": why}
            for side, what, why in parting.branches
        ],
    }
