"""Messages of units, types, absence, rounding and expressions: E301 to E309, and W620."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from engine.source.diagnostics import Code, Diagnostic
from engine.source.positions import Span

Labels = tuple[tuple[Span, str], ...]

_ADMITTED = (
    "sont admis : + - * /, = ≠ < ≤ > ≥, et, ou, non, parmi, « si … alors … sinon … », "
    "min, max, défaut, présent, requis, jours, trentièmes"
)


def unit_mismatch(left: str, right: str, span: Span, labels: Labels = ()) -> Diagnostic:
    """E301: two quantities that cannot be added, compared or taken one for the other."""
    return Diagnostic(
        Code.UNIT_MISMATCH,
        f"unités incompatibles : « {left} » et « {right} »",
        span,
        labels,
        ("vérifiez l'unité déclarée de la règle, ou convertissez par un paramètre sourcé",),
    )


def declared_unit(name: str, unit: str, span: Span) -> tuple[Span, str]:
    """Where a name that E301 reads says its unit."""
    return span, f"« {name} » est en « {unit} », d'après cette ligne"


def type_mismatch(expected: str, found: str, span: Span, labels: Labels = ()) -> Diagnostic:
    """E302: a value of one kind where another is needed."""
    return Diagnostic(
        Code.TYPE_MISMATCH, f"attendu : {expected} ; trouvé : {found}", span, labels,
        ("vérifiez le type déclaré (`unite:` ou `type:`) de la règle ou du champ",),
    )  # fmt: skip


def absent_unhandled(name: str, why: str, span: Span, labels: Labels = ()) -> Diagnostic:
    """E303: a value that may be absent is used without saying what happens then."""
    return Diagnostic(
        Code.ABSENT_UNHANDLED,
        f"« {name} » peut ne pas avoir de valeur ({why}), et rien ne dit ce qui se passe alors",
        span,
        labels,
        (f"écrivez défaut({name}, …) ou requis({name}), ou testez présent({name}) avant",),
    )


def quotient_not_rounded(result: str, span: Span, labels: Labels = ()) -> Diagnostic:
    """E304: a division reaches an exposed result without passing through a rounding."""
    return Diagnostic(
        Code.QUOTIENT_NOT_ROUNDED,
        f"ce quotient arrive dans le résultat « {result} » sans arrondi",
        span,
        labels,
        ("ajoutez arrondi: {pas: …, sens: …, source: …} à la règle qui le demande",),
    )


def result_not_rounded(result: str, decimals: int, span: Span) -> Diagnostic:
    """E305: an exposed result may have more decimals than its unit shows."""
    return Diagnostic(
        Code.RESULT_NOT_ROUNDED,
        f"le résultat « {result} » peut avoir plus de {decimals} décimales, sans arrondi déclaré",
        span,
        (),
        ("ajoutez arrondi: {pas: …, sens: …, source: …} à sa dernière étape",),
    )


def idle_rounding(name: str, span: Span) -> Diagnostic:
    """W620: a rounding whose every possible value is already on its grid."""
    return Diagnostic(
        Code.IDLE_ROUNDING,
        f"l'arrondi de « {name} » ne change aucune valeur possible",
        span,
        (),
        ("retirez `arrondi:` ; il n'est requis que d'un quotient qui arrive dans un résultat",),
    )


def expression_refused(what: str, span: Span, instead: str | None = None) -> Diagnostic:
    """E306: a construct outside the closed list of the language; ``instead``: what to write."""
    advice = _ADMITTED if instead is None else f"écrivez {instead}"
    return Diagnostic(Code.EXPRESSION_REFUSED, what, span, (), (advice,))


def expression_too_big(what: str, limit: int, span: Span) -> Diagnostic:
    """E307: an expression longer, deeper or larger than the limits."""
    return Diagnostic(
        Code.EXPRESSION_TOO_BIG,
        f"expression trop grande : {what}, {limit} au plus",
        span,
        (),
        ("coupez-la en plusieurs règles, chacune avec son nom et son article",),
    )


def expression_syntax(text: str, wanted: str, span: Span) -> Diagnostic:
    """E308: a text that is not an expression."""
    hints = [wanted, "par exemple : min(heures, 10) * 0.1"]
    if re.search(r"[0-9],[0-9]", text):
        hints.insert(0, "les décimales s'écrivent avec un point : 0.1")
    return Diagnostic(
        Code.EXPRESSION_SYNTAX,
        f"« {text.strip()} » n'est pas une expression lisible",
        span,
        (),
        tuple(hints),
    )


def wrong_call(name: str, rule: str, span: Span) -> Diagnostic:
    """E309: a function or a mechanism called with the wrong arguments."""
    return Diagnostic(Code.WRONG_CALL, f"« {name} » : {rule}", span)


def close_names(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """Hints that propose the names nearest to ``name``."""
    near = get_close_matches(name, known, n=2)
    return tuple(f"vouliez-vous dire « {other} » ?" for other in near)
