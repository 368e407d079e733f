"""Messages of units, types, absence, rounding and expressions: E301 to E309, and W620."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

Labels = tuple[tuple[Span, str], ...]

_ADMITTED = (
    "sont admis : + - * /, = ≠ < ≤ > ≥, et, ou, non, parmi, « si … alors … sinon … », "
    "min, max, défaut, présent, requis, jours, trentièmes"
)


def unit_mismatch(left: str, right: str, span: Span, labels: Labels = ()) -> Diagnostic:
    """E301: two quantities that cannot be added, compared or taken one for the other."""
    return say("E301", span, *labels, gauche=left, droite=right)


def declared_unit(name: str, unit: str, span: Span) -> tuple[Span, str]:
    """Where a name that E301 reads says its unit."""
    return span, f"« {name} » est en « {unit} », d'après cette ligne"


def type_mismatch(expected: str, found: str, span: Span, labels: Labels = ()) -> Diagnostic:
    """E302: a value of one kind where another is needed."""
    return say("E302", span, *labels, attendu=expected, lu=found)


def absent_unhandled(name: str, why: str, span: Span, labels: Labels = ()) -> Diagnostic:
    """E303: a value that may be absent is used without saying what happens then."""
    return say("E303", span, *labels, nom=name, pourquoi=why)


def quotient_not_rounded(result: str, span: Span, labels: Labels = ()) -> Diagnostic:
    """E304: a division reaches an exposed result without passing through a rounding."""
    return say("E304", span, *labels, resultat=result)


def result_not_rounded(result: str, decimals: int, span: Span) -> Diagnostic:
    """E305: an exposed result may have more decimals than its unit shows."""
    return say("E305", span, resultat=result, decimales=decimals)


def idle_rounding(name: str, span: Span) -> Diagnostic:
    """W620: a rounding whose every possible value is already on its grid."""
    return say("W620", span, nom=name)


def expression_refused(what: str, span: Span, instead: str | None = None) -> Diagnostic:
    """E306: a construct outside the closed list of the language; ``instead``: what to write."""
    return say(
        "E306", span, cas="admis" if instead is None else "plutot", quoi=what, plutot=instead
    )


def expression_too_big(what: str, limit: int, span: Span) -> Diagnostic:
    """E307: an expression longer, deeper or larger than the limits."""
    return say("E307", span, quoi=what, limite=limit)


def expression_syntax(text: str, wanted: str, span: Span) -> Diagnostic:
    """E308: a text that is not an expression."""
    comma = re.search(r"[0-9],[0-9]", text)
    return say("E308", span, cas="virgule" if comma else "autre", texte=text.strip(), voulu=wanted)


def wrong_call(name: str, rule: str, span: Span) -> Diagnostic:
    """E309: a function or a mechanism called with the wrong arguments."""
    return say("E309", span, nom=name, regle=rule)


def close_names(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """Hints that propose the names nearest to ``name``."""
    near = get_close_matches(name, known, n=2)
    return tuple(f"vouliez-vous dire « {other} » ?" for other in near)
