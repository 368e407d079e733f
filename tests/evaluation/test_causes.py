"""What makes one law of another, and what of it cannot happen alone."""

from __future__ import annotations

from datetime import date

from engine.evaluation.causes import Mixture, same_epochs
from engine.evaluation.law import Law
from tests.evaluation.kitchen import batches, law, result, rule

RESULTS = (
    "resultats:\n  depuis: 2000-01-01\n"
    "  sections: [{titre: Essai, noms: [aller, retour]}]\n  tableau: [pieces]\n"
)


def test_rules_that_need_one_another_the_other_way_change_together() -> None:
    """The new one of them with the old other would need itself, without end."""
    before = law(rule("aller", "valeur: retour + 1") + rule("retour", "valeur: pieces"), RESULTS)
    after = law(rule("aller", "valeur: pieces") + rule("retour", "valeur: aller * 2"), RESULTS)
    sides = same_epochs(before.corpus, after.corpus)
    number = sides[1].epoch_number(date(2024, 5, 2))
    mixture = Mixture(*sides, (number,))
    (cause,) = mixture.causes
    assert {part.name for part in cause.parts} == {"essai.aller", "essai.retour"}
    found = [
        result("aller", batches(7), under=one)
        for one in (mixture.law(frozenset()), mixture.law(frozenset({0})), Law(sides[1]))
    ]
    assert found == [8, 7, 7]
