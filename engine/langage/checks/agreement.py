"""Agreement: two types in, their common one out, or a finding that says how they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.langage.checks.typed import UNKNOWN, Typed
from engine.langage.corpus import Term
from engine.langage.kernel import Const, Expr, walk
from engine.langage.symbols import Symbols
from engine.langage.units import NO_DIMENSION, Powers, describe
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import close_names
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Agreement:
    """Types against one another; what does not agree goes to ``findings``."""

    symbols: Symbols
    findings: list[Diagnostic]

    def join(self, left: Typed, right: Typed, span: Span) -> Typed:
        """The common type of two values; when there is none, any type and a finding at ``span``."""
        absent = left.absent or right.absent
        if left.kind is None or right.kind is None:
            known = right if left.kind is None else left
            return known if known.absent == absent else replace(known, absent=absent)
        if left.kind == "texte" and left.codes and right.kind == "code":
            left, right = right, left
        if not self.agree(left, right, span):
            return replace(UNKNOWN, absent=absent)
        unit = right.unit if left.unit is None else left.unit
        codes = left.codes | right.codes
        return Typed(left.kind, unit, left.vocabulary, codes, left.loose, absent)

    def agree(self, wanted: Typed, found: Typed, span: Span, place: Span | None = None) -> bool:
        """Whether ``found`` is what is wanted (declared at ``place``); if not, said at ``span``."""
        labels = () if place is None else ((place, "déclaration"),)
        before = len(self.findings)
        if wanted.kind is None or found.kind is None:
            return True
        if wanted.kind == "code" and found.kind == "texte" and found.codes:
            self._codes(wanted.vocabulary or "", found.codes, span)
        elif wanted.kind != found.kind or wanted.vocabulary != found.vocabulary:
            self.findings.append(
                say("E302", span, *labels, attendu=wanted.words(), lu=found.words())
            )
        elif None not in (wanted.unit, found.unit) and wanted.unit != found.unit:
            left, right = self._unit(wanted.unit), self._unit(found.unit)
            self.findings.append(say("E301", span, *labels, gauche=left, droite=right))
        return len(self.findings) == before

    def _terms(self, vocabulary: str | None) -> tuple[Term, ...]:
        """The codes of a vocabulary; none when it could not be read, which is said elsewhere."""
        known = self.symbols.nomenclatures.get(vocabulary or "")
        return () if known is None else known.terms

    def _codes(self, vocabulary: str, codes: frozenset[str], span: Span) -> None:
        known = [term.code for term in self._terms(vocabulary)]
        if not known:
            return
        for code in sorted(codes.difference(known)):
            self.findings.append(
                say(
                    "E203",
                    span,
                    code=code,
                    nomenclature=vocabulary,
                    proches=close_names(code, known),
                )
            )

    def _unit(self, powers: Powers | None) -> str:
        return describe(powers or NO_DIMENSION, tuple(self.symbols.units.values()))

    def culprit(self, vocabulary: str | None, codes: frozenset[str], body: Expr) -> Span | None:
        """Where ``body`` writes the first of ``codes`` that is not one of ``vocabulary``."""
        wrong = codes.difference(term.code for term in self._terms(vocabulary))
        texts = (one for one in walk(body) if isinstance(one, Const))
        return next((one.span for one in texts if one.value in wrong), None)
