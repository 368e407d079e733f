"""What a rule cites is a norm: no amount in it but one that the rule reads, at every date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from engine.langage.corpus import Epoch, Version
from engine.langage.kernel import Choice, Const, Lookup, Ref, walk
from tests.droit.teachers import law

MONEY = re.compile(r"(?<![\d,.])(\d[\d \N{NO-BREAK SPACE}]*(?:[.,]\d+)?)\s?(?:€|euros)")


def amounts(text: str) -> Iterator[Fraction]:
    for found in MONEY.finditer(text):
        yield Fraction(re.sub(r"\s", "", found[1]).replace(",", "."))


def citations(version: Version) -> Iterator[str]:
    cases = [one for node in walk(version.body) if isinstance(node, Choice) for one in node.cases]
    yield from (cite for cite in (version.cite, *(one.cite for one in cases)) if cite)


def figures(epoch: Epoch, name: str, seen: set[str]) -> Iterator[Fraction]:
    """The numbers that the rules of a name read, theirs or those of what they rest on."""
    if name in seen:
        return
    seen.add(name)
    for node in (node for _, one in epoch.rules.get(name, ()) for node in walk(one.body)):
        match node:
            case Const(value=Fraction() as value):
                yield value
            case Lookup() if node.table in epoch.tables:
                rows = epoch.tables[node.table].rows
                yield from (row.value for row in rows if isinstance(row.value, Fraction))
            case Ref(kind="regle"):
                yield from figures(epoch, node.name, seen)
            case _:
                pass


def test_an_amount_that_is_cited_is_one_that_the_rule_reads_that_day() -> None:
    """The amount of another year, or of another person, is dated where its value is."""
    told: set[tuple[str, Fraction]] = set()
    for start in law().corpus.starts:
        epoch = law().epoch(start)
        for name, same in epoch.rules.items():
            for rule, version in same:
                if rule.kind != "nombre":
                    continue  # a truth may depend on an amount that it does not give
                known = set(figures(epoch, name, set()))
                told |= {
                    (name, one)
                    for cite in citations(version)
                    for one in amounts(cite)
                    if one not in known
                }
    assert told == set()


def test_the_sentence_of_a_payment_gives_no_amount() -> None:
    schedule = law().corpus.schedule
    assert schedule is not None
    sentences = [plan.cite for plan in schedule.plans if plan.cite]
    assert len(sentences) >= 20
    assert [one for one in sentences if list(amounts(one))] == []


def test_amounts_are_seen_as_they_are_printed() -> None:
    assert list(amounts("5917 € brut, 1 250 euros, 25,01 € / heure")) == [
        Fraction(5917),
        Fraction(1250),
        Fraction("25.01"),
    ]
