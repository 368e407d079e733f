"""Values in the middle of a French sentence, as ``engine.evaluation.show`` writes them, in SQL."""

from __future__ import annotations

from typing import Final, assert_never

from sqlglot import exp

from engine.evaluation.compilation.ir import NULL, ZERO, Call
from engine.evaluation.compilation.scaled import Typed
from engine.evaluation.show import french
from engine.langage.kernel import ABSENT
from engine.sql.expressions import BIGINT, HUGEINT, cast, expression, literal

_MOST_DECIMALS: Final = 4
_CUT: Final = 10**_MOST_DECIMALS
_GROUPS: Final = 4  # of three digits: more than any amount has
_THIN: Final = "\N{NARROW NO-BREAK SPACE}"
_CONTROLS: Final = (*range(1, 32), *range(127, 161), 173, 8239)
_TEXT: Final = exp.DType.VARCHAR


def french_value(typed: Typed, decimals: int) -> exp.Expr:
    """The text of a value; « sans objet » or « non calculable » when it has none.

    Args:
        typed: the compiled value.
        decimals: of a number, how many are always shown.
    """
    if typed.node == NULL and typed.mask is None:
        return exp.Literal.string(french(ABSENT))
    found = _text(typed, decimals)
    cases: list[exp.If] = []
    if typed.mask is not None:
        lacking = expression(Call("!=", (typed.mask, ZERO)))
        cases.append(exp.If(this=lacking, true=exp.Literal.string("non calculable")))
    if typed.absent:
        absent = expression(Call("isnull", (typed.node,)))
        cases.append(exp.If(this=absent, true=exp.Literal.string(french(ABSENT))))
    return exp.Case(ifs=cases, default=found) if cases else found


def _text(typed: Typed, decimals: int) -> exp.Expr:
    node = expression(typed.node)
    match typed.kind:
        case "nombre":
            return _number(typed, decimals)
        case "booleen":
            yes = exp.If(this=node, true=exp.Literal.string("oui"))
            return exp.Case(ifs=[yes], default=exp.Literal.string("non"))
        case "date":
            return cast(node, _TEXT)
        case "texte" | "code" | None:
            return _visible(cast(node, _TEXT))
        case _:
            assert_never(typed.kind)


def _visible(text: exp.Expr) -> exp.Expr:
    """What could drive a terminal is written out, as ``visible`` does."""
    for code in _CONTROLS:
        text = exp.func(
            "REPLACE", text, exp.func("CHR", literal(code)), exp.Literal.string(f"\\u{code:04x}")
        )
    return text


def _number(typed: Typed, decimals: int) -> exp.Expr:
    """At least ``decimals`` decimals, at most four, then « … »; thousands set apart."""
    top: exp.Expr = exp.Mul(
        this=cast(exp.Abs(this=expression(typed.node)), HUGEINT),
        expression=literal(typed.step.numerator * _CUT),
    )
    bottom: exp.Expr = literal(typed.step.denominator)
    if typed.den is not None:
        bottom = exp.Paren(
            this=exp.Mul(this=cast(expression(typed.den), HUGEINT), expression=bottom)
        )
    top = exp.Paren(this=top)
    cut = cast(exp.IntDiv(this=top, expression=bottom), BIGINT)
    exact = exp.EQ(this=exp.Paren(this=exp.Mod(this=top.copy(), expression=bottom.copy())),
                   expression=literal(0))  # fmt: skip
    rest = _padded(exp.Mod(this=cut.copy(), expression=literal(_CUT)), _MOST_DECIMALS)
    tail = exp.func("RTRIM", exp.func("SUBSTRING", rest.copy(), literal(decimals + 1)),
                    exp.Literal.string("0"))  # fmt: skip
    digits: exp.Expr = tail
    if decimals:
        head = exp.func("SUBSTRING", rest.copy(), literal(1), literal(decimals))
        digits = exp.DPipe(this=head, expression=tail)
    shown = exp.Case(
        ifs=[exp.If(this=exact, true=digits)],
        default=exp.DPipe(this=rest, expression=exp.Literal.string("…")),
    )
    whole = _grouped(cast(exp.IntDiv(this=cut, expression=literal(_CUT)), BIGINT))
    comma = exp.Case(
        ifs=[exp.If(this=exp.EQ(this=shown, expression=exp.Literal.string("")),
                    true=exp.Literal.string(""))],
        default=exp.DPipe(this=exp.Literal.string(","), expression=shown.copy()),
    )  # fmt: skip
    below = exp.LT(this=exp.Paren(this=expression(typed.node)), expression=literal(0))
    sign = exp.Case(ifs=[exp.If(this=below, true=exp.Literal.string("-"))],
                    default=exp.Literal.string(""))  # fmt: skip
    return exp.DPipe(this=exp.DPipe(this=sign, expression=whole), expression=comma)


def _padded(number: exp.Expr, width: int) -> exp.Expr:
    text = cast(exp.Paren(this=number), _TEXT)
    return exp.func("LPAD", text, literal(width), exp.Literal.string("0"))


def _grouped(whole: exp.Expr) -> exp.Expr:
    """A whole number with its thousands set apart."""
    cases: list[exp.If] = []
    for groups in range(1, _GROUPS + 1):
        parts: list[exp.Expr] = [cast(_group(whole, groups - 1, first=True), _TEXT)]
        parts += [_padded(_group(whole, place, first=False), 3)
                  for place in reversed(range(groups - 1))]  # fmt: skip
        text: exp.Expr = parts[0]
        for part in parts[1:]:
            text = exp.DPipe(this=exp.DPipe(this=text, expression=exp.Literal.string(_THIN)),
                             expression=part)  # fmt: skip
        small = exp.LT(this=whole.copy(), expression=literal(1000**groups))
        cases.append(exp.If(this=small, true=text))
    return exp.Case(ifs=cases, default=cast(whole.copy(), _TEXT))


def _group(whole: exp.Expr, place: int, *, first: bool) -> exp.Expr:
    """Three digits of ``whole``: those of ``1000**place``."""
    above: exp.Expr = whole.copy()
    if place:
        above = exp.Paren(this=exp.IntDiv(this=above, expression=literal(1000**place)))
    return above if first else exp.Mod(this=above, expression=literal(1000))
