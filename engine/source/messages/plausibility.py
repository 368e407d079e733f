"""Messages of values that are possible and surprising (W611 to W619)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from engine.source.diagnostics import Code, Diagnostic
from engine.source.positions import Span

_WAY_OUT: Final = (
    "corrigez la valeur, ou dites pourquoi elle est juste : "
    "`justifie: [{{constat: {code}, le: …, raison: …}}]`"
)


@dataclass(frozen=True, slots=True)
class Change:
    """A dated value after another, as texts; ``name``: what has them, with the row if any."""

    name: str
    new: str
    since: date
    old: str
    before: date
    span: Span

    @property
    def told(self) -> str:
        """« nom : 1 256 depuis le 2023-01-01, après 1 213,56 depuis le 2019-09-01 »."""
        return (
            f"{self.name} : {self.new} depuis le {self.since}, "
            f"après {self.old} depuis le {self.before}"
        )


def _surprise(code: Code, message: str, span: Span) -> Diagnostic:
    return Diagnostic(code, message, span, hints=(_WAY_OUT.format(code=code),))


def jump(change: Change, percent: str, limit: str) -> Diagnostic:
    """W611: much more or much less than the previous version; ``percent`` with its sign."""
    told = f"{change.told} : {percent} %, au-delà de {limit} %"
    return _surprise(Code.JUMP, told, change.span)


def moved_point(change: Change, times: str) -> Diagnostic:
    """W612: about ten, a hundred… times the previous version, or that part of it."""
    told = f"{change.told} : environ {times}, virgule déplacée ?"
    return _surprise(Code.MOVED_POINT, told, change.span)


def swapped_digits(change: Change) -> Diagnostic:
    """W613: the digits of the previous version, two neighbours of which are exchanged."""
    told = f"{change.told} : les mêmes chiffres, deux d'entre eux échangés ?"
    return _surprise(Code.SWAPPED_DIGITS, told, change.span)


def too_many_decimals(name: str, value: str, unit: str, decimals: int, span: Span) -> Diagnostic:
    """W614: a value with more decimals than its unit has."""
    told = f"{name} : {value} a plus de {decimals} décimales, celles de l'unité {unit}"
    return _surprise(Code.TOO_MANY_DECIMALS, told, span)


def value_comes_back(change: Change, first: date) -> Diagnostic:
    """W615: a value that was left, and that is written again."""
    told = f"{change.told} : la valeur est celle du {first}, que l'on avait quittée"
    return _surprise(Code.VALUE_COMES_BACK, told, change.span)


def row_forgotten(change: Change, others: int) -> Diagnostic:
    """W616: a row that keeps its value where ``others`` change theirs."""
    told = f"{change.told} : inchangée, quand {others} autres lignes changent ; oubliée ?"
    return _surprise(Code.ROW_FORGOTTEN, told, change.span)


def row_out_of_line(change: Change, percent: str, usual: str) -> Diagnostic:
    """W617: a row that changes by ``percent`` where the others change by about ``usual``."""
    told = f"{change.told} : {percent} %, quand les autres lignes changent d'environ {usual} %"
    return _surprise(Code.ROW_OUT_OF_LINE, told, change.span)


def does_not_follow(change: Change, percent: str, leader: str, led: str) -> Diagnostic:
    """W618: a value said to follow ``leader``, which changed by ``led`` between the same days."""
    told = f"{change.told} : {percent} %, quand {leader} change de {led} %"
    return _surprise(Code.DOES_NOT_FOLLOW, told, change.span)


def justified_for_nothing(name: str, code: str, span: Span) -> Diagnostic:
    """W619: a justification of something that surprises nobody."""
    return Diagnostic(
        Code.JUSTIFIED_FOR_NOTHING,
        f"{name} : rien n'est à justifier pour {code}",
        span,
        hints=("effacez cette justification",),
    )
