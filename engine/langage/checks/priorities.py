"""Exceptions between texts: every ``deroge_a`` means something, every conflict is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engine.langage import nodes
from engine.langage.corpus import Rule
from engine.langage.epochs import by_priority, in_force
from engine.langage.symbols import Symbols
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import close_names


def check_exceptions(symbols: Symbols) -> list[Diagnostic]:
    """E208 for each ``deroge_a`` that is not a rule of the same name in another text."""
    found: list[Diagnostic] = []
    for heads in symbols.rules.values():
        known = [f"{head.text}.{head.name}" for head in heads]
        for head in heads:
            for target in nodes.scalars(head.node.get("deroge_a")):
                text, _, name = target.text.partition(".")
                if target.text == f"{head.text}.{head.name}":
                    why = "une règle ne déroge pas à elle-même"
                elif name != head.name:
                    why = f"cette règle donne « {head.name} »"
                elif target.text not in known:
                    why = f"le texte « {text} » ne définit pas « {name} »"
                else:
                    continue
                found.append(
                    say(
                        "E208",
                        target.span,
                        cible=target.text,
                        pourquoi=why,
                        proches=close_names(target.text, known),
                    )
                )
    return found


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules between which none prevails, on the first day it happens."""

    finding: Diagnostic
    day: date
    first: Rule
    second: Rule


def check_priorities(rules: Sequence[Rule], starts: Sequence[date]) -> list[Diagnostic]:
    """E207 for each pair of rules in force the same day for one name, none of which prevails."""
    return [one.finding for one in conflicts(rules, starts)]


def conflicts(rules: Sequence[Rule], starts: Sequence[date]) -> list[Conflict]:
    """What ``check_priorities`` reports, with both rules.

    Each pair is reported once, on the first day it happens. Nothing is said of a name that is
    already in doubt by its declarations (E202, E208).
    """
    idents = {rule.ident for rule in rules}
    doubtful = {
        rule.name
        for rule in rules
        if rule.parameter or not idents.issuperset(rule.overrides) or rule.ident in rule.overrides
    }
    named = Counter(rule.name for rule in rules)
    shared = [rule for rule in rules if named[rule.name] > 1 and rule.name not in doubtful]
    found: dict[tuple[str, str], Conflict] = {}
    for day in starts:
        for name, same in in_force(shared, day).items():
            _, conflict = by_priority(same)
            if conflict is not None:
                first, second = sorted(conflict, key=lambda rule: rule.span)
                finding = say("E207", second.span, first.span, nom=name, jour=day)
                key = (first.ident, second.ident)
                found.setdefault(key, Conflict(finding, day, first, second))
    return list(found.values())
