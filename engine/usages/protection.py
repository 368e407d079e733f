"""What the cases protect, for people and for programs: words and JSON."""

from __future__ import annotations

from typing import Final, Literal

from engine.cas.coverage import Coverage
from engine.cas.mutation import Mutation
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span
from engine.usages.words import counted

_HOLDERS: Final = {"regle": "règles", "table": "lignes de tables", "controle": "contrôles"}


def missed_points(coverage: Coverage) -> tuple[Diagnostic, ...]:
    """W631 for each point that no case goes through, in the order of the corpus."""
    return tuple(
        say("W631", one.span, quoi=one.what, proprietaire=one.place.owner, depuis=one.place.since)
        for one in coverage.missed
    )


def floor(
    what: Literal["points", "fautes"], missed: int, allowed: int, span: Span
) -> tuple[Diagnostic, ...]:
    """E592 when less is protected than asked, W632 when more is."""
    if missed > allowed:
        return (say("E592", span, cas=what, manques=missed, admis=allowed),)
    return (say("W632", span, cas=what, manques=missed, admis=allowed),) if missed < allowed else ()


def coverage_words(coverage: Coverage) -> str:
    """One sentence per kind of declaration, then the whole."""
    lines = []
    for holder, name in _HOLDERS.items():
        found = [one for one in coverage.points if one.point.place.holder == holder]
        seen = sum(bool(one.by) for one in found)
        lines.append(f"  {name} : {seen} points sur {len(found)}{_share(seen, len(found))}")
    total = len(coverage.points)
    share = _share(coverage.count, total)
    whole = f"Couverture : {coverage.count} points de la loi sur {total}{share}"
    return "\n".join([whole, *lines])


def _share(part: int, whole: int) -> str:
    """« , 90,8 % », rounded down: a hundred means all of them."""
    if not whole:
        return ""
    tenths = part * 1000 // whole
    return f", {tenths // 10},{tenths % 10} %"


def coverage_json(coverage: Coverage) -> dict[str, object]:
    """The object of ``--couverture --format json``."""
    return {
        "cas": coverage.cases,
        "points": len(coverage.points),
        "couverts": coverage.count,
        "detail": [
            {
                "objet": one.point.place.holder,
                "regle": one.point.place.owner,
                "depuis": one.point.place.since.isoformat(),
                "branche": one.point.what,
                "fichier": one.point.span.file,
                "ligne": one.point.span.line,
                "colonne": one.point.span.column,
                "cas": list(one.by),
            }
            for one in coverage.points
        ],
    }


def mutation_words(found: Mutation) -> str:
    """How many mistakes were tried, seen, admitted, and how many nothing sees."""
    tried = sum(found.tried.values())
    seen = tried - len(found.survivors) - len(found.admitted)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(found.tried.items()))
    by_kind = f" ({kinds})" if kinds else ""
    admitted = f", {counted(len(found.admitted), 'admise')}" if found.admitted else ""
    return (
        f"{counted(tried, 'faute essayée', 'fautes essayées')}{by_kind} : "
        f"{counted(seen, 'vue')}{admitted}, {len(found.survivors)} que rien ne voit"
    )


def mutation_json(found: Mutation) -> dict[str, object]:
    """The object of ``--mutations --format json``."""
    tried = sum(found.tried.values())
    return {
        "essayees": tried,
        "par_nature": dict(found.tried),
        "admises": len(found.admitted),
        "survivantes": [
            {
                "nature": one.kind,
                "regle": one.owner,
                "depuis": one.since.isoformat(),
                "ecrit": one.before,
                "faute": one.after,
                "rang": one.rank,
                "fichier": one.span.file,
                "ligne": one.span.line,
                "colonne": one.span.column,
            }
            for one in found.survivors
        ],
        "constats": [one.to_json() for one in (*found.findings, *found.stale)],
    }
