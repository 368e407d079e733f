"""Expressions: the text of a scalar in, a tree of the closed list out.

The language is the French that explanations print. Its grammar, weakest first:

    expression  si E alors E sinon E | disjonction
    disjonction conjonction { ou conjonction }
    conjonction negation { et negation }
    negation    non negation | comparaison
    comparaison somme { (= | ≠ | < | ≤ | > | ≥) somme } | somme [non] parmi membres
    membres     ENSEMBLE | [ atome { , atome } ]
    somme       produit { (+ | -) produit }
    produit     oppose { (* | /) oppose }
    oppose      - oppose | atome
    atome       nombre | date | "texte" | nom [ . nom ] | fonction ( E { , E } ) | ( E )
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NoReturn, TypeAlias, cast

from engine.langage.kernel import ABSENT, Absence
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.reading import expression_syntax
from engine.source.positions import Span
from engine.source.tree import Scalar

MAX_LENGTH: Final = 500
MAX_NODES: Final = 200
MAX_DEPTH: Final = 20
CONSTANTS: Final[Mapping[str, bool | Absence]] = {
    "vrai": True,
    "faux": False,
    "sans_objet": ABSENT,
}
FUNCTIONS: Final = ("min", "max", "défaut", "présent", "requis", "jours", "trentièmes")
KEYWORDS: Final = ("et", "ou", "non", "parmi", "si", "alors", "sinon")
COMPARISONS: Final = ("=", "≠", "<", "≤", ">", "≥")

# What people write by habit, from other languages or from a keyboard, and how it is said here.
_HABITS: Final[Mapping[str, str]] = {
    "and": "et", "or": "ou", "not": "non", "in": "parmi",
    "&&": "et", "||": "ou", "!": "non",
    "==": "=", "!=": "≠", "<>": "≠", "<=": "≤", "=<": "≤", ">=": "≥", "=>": "≥",
    "if": "si … alors … sinon …", "else": "si … alors … sinon …", "then": "alors",
    "true": "vrai", "false": "faux", "True": "vrai", "False": "faux", "oui": "vrai",
    "present": "présent", "defaut": "défaut", "trentiemes": "trentièmes",
    "×": "*", "÷": "/", "−": "-", "–": "-",
}  # fmt: skip
RESERVED: Final = frozenset((*KEYWORDS, *CONSTANTS, "true", "false", "oui", "then", "null"))
# What is of no use here, and its name.
_FOREIGN: Final[Mapping[str, str]] = {
    "**": "la puissance « ** »",
    "^": "la puissance « ^ »",
    "%": "le signe « % »",
    "//": "la division entière « // »",
    ":=": "une affectation",
    ":": "le signe « : »",
    "{": "l'accolade",
    "}": "l'accolade",
    "~": "« ~ »",
    "&": "« & »",
    "|": "« | »",
}
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w.-]))
    |(?P<number>[0-9][\w.]*)
    |(?P<word>[^\W\d]\w*)
    |(?P<text>"[^"]*"|'[^']*'|“[^”]*”|«[^»]*»)
    |(?P<sign>\*\*|//|:=|==|!=|<>|<=|=<|>=|=>|&&|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)

SyntaxKind: TypeAlias = Literal[
    "nombre", "date", "texte", "nom", "champ", "appel", "liste", "si",
    "et", "ou", "non", "parmi", "opposé", "+", "-", "*", "/", "comparaisons",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Syntax:
    """A node of an expression, from ``start`` to ``end`` of its text.

    ``text`` is what is written of a leaf, the owner of a field (``parts`` is then its name), the
    name of a function, or the signs of ``comparaisons``, one less than the parts.
    """

    kind: SyntaxKind
    text: str
    parts: tuple[Syntax, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression of the closed list, and how its parts are placed in the file."""

    scalar: Scalar
    tree: Syntax

    def span(self, part: Syntax) -> Span:
        """The place of ``part`` in the file (the whole scalar when it runs over lines)."""
        return _span(self.scalar, part.start, part.end)


def parse_expression(scalar: Scalar) -> tuple[Formula | None, tuple[Diagnostic, ...]]:
    """Read the expression written in ``scalar``.

    Returns:
        The formula, or None with E306 (outside the closed list, one per construct), E307 (beyond
        the limits) or E308 (not an expression).
    """
    text = scalar.text
    if len(text) > MAX_LENGTH:
        return None, (say("E307", scalar.span, quoi=f"{len(text)} caractères", limite=MAX_LENGTH),)
    tokens = list(_tokens(text))
    foreign = tuple(_foreign(scalar, tokens))
    if foreign:
        return None, foreign
    try:
        tree = _Parser(tokens).whole()
    except _UnreadableError as found:
        span = _span(scalar, found.token.start, found.token.end)
        return None, (expression_syntax(text, found.wanted, span),)
    except _RefusedError as found:
        span = _span(scalar, found.start, found.end)
        return None, (say("E306", span, cas="admis", quoi=_unknown(found.what)),)
    except _DeepError:
        return None, (_too_deep(scalar, MAX_DEPTH + 1),)
    beyond = _beyond_limits(scalar, tree)
    return (None, beyond) if beyond else (Formula(scalar, tree), ())


def _span(scalar: Scalar, start: int, end: int) -> Span:
    return scalar.span if "\n" in scalar.text.strip() else scalar.part(start, end)


# --- words and signs


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind != "space":
            kind = found[0] if found[0] in KEYWORDS or kind == "sign" else kind
            yield _Token(kind, found[0], found.start(), found.end())
    yield _Token("end", "", len(text), len(text))


def _foreign(scalar: Scalar, tokens: list[_Token]) -> Iterator[Diagnostic]:
    """E306 for each word and sign of another language, with the one to write in its place."""
    for at, token in enumerate(tokens):
        span = _span(scalar, token.start, token.end)
        before = tokens[at - 1].text if at else ""
        after = tokens[at + 1].text if token.kind != "end" else ""
        instead = _HABITS.get(token.text)
        if token.kind == "word" and (before == "." or (token.text in _CALLED and after != "(")):
            instead = None
        if token.kind == "sinon" and after == "(":  # « sinon (… » after « alors » is a parenthesis
            instead = None if any(one.kind == "alors" for one in tokens[:at]) else "défaut"
        if instead is not None and token.kind != "text":
            yield say(
                "E306",
                span,
                cas="plutot",
                quoi=_unknown(f"« {token.text} »"),
                plutot=f"« {instead} »",
            )
        elif token.kind == token.text and token.text in _FOREIGN:
            yield say("E306", span, cas="admis", quoi=_unknown(_FOREIGN[token.text]))
        elif token.kind == "number" and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", token.text):
            yield say("E306", span, cas="admis", quoi=_unknown(f"le nombre « {token.text} »"))
        elif token.kind == "word" and token.text in ("None", "null", "is", "lambda", "for"):
            yield say("E306", span, cas="admis", quoi=_unknown(f"le mot « {token.text} »"))


def _unknown(what: str) -> str:
    return f"{what} n'existe pas dans les expressions"


_CALLED: Final = ("present", "defaut", "trentiemes")  # they may also be the names of rules


# --- the grammar


class _UnreadableError(Exception):
    """``wanted`` was to be written where ``token`` is."""

    def __init__(self, wanted: str, token: _Token) -> None:
        super().__init__(wanted)
        self.wanted, self.token = wanted, token


class _RefusedError(Exception):
    """A construct outside the closed list."""

    def __init__(self, what: str, start: int, end: int) -> None:
        super().__init__(what)
        self.what, self.start, self.end = what, start, end


def _unreadable(wanted: str, token: _Token) -> NoReturn:
    raise _UnreadableError(wanted, token)


def _outside(what: str, start: int, end: int) -> NoReturn:
    raise _RefusedError(what, start, end)


class _DeepError(Exception):
    """Parentheses in parentheses, beyond any use."""


class _Parser:
    """One method for each level of the grammar, weakest first."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *kinds: str) -> _Token | None:
        token = self.next
        if token.kind not in kinds:
            return None
        self.at += 1
        return token

    def need(self, kind: str) -> _Token:
        token = self.take(kind)
        if token is None:
            _unreadable(f"« {kind} » est attendu ici", self.next)
        return token

    def nested(self, below: Callable[[], Syntax]) -> Syntax:
        self.depth += 1
        if self.depth > MAX_DEPTH:  # each level is a dozen calls: Python counts them too
            raise _DeepError
        found = below()
        self.depth -= 1
        return found

    def whole(self) -> Syntax:
        found = self.expression()
        if self.next.kind != "end":
            _unreadable("un signe, ou la fin, est attendu ici", self.next)
        return found

    def expression(self) -> Syntax:
        return self.nested(self._choice if self.next.kind == "si" else self._or)

    def _choice(self) -> Syntax:
        start = self.need("si").start
        test = self.expression()
        self.need("alors")
        value = self.expression()
        self.need("sinon")
        other = self.expression()
        return Syntax("si", "", (test, value, other), start, other.end)

    def _or(self) -> Syntax:
        return self._junction("ou", self._and)

    def _and(self) -> Syntax:
        return self._junction("et", self._not)

    def _junction(self, kind: Literal["et", "ou"], below: Callable[[], Syntax]) -> Syntax:
        parts = [below()]
        while self.take(kind):
            parts.append(below())
        if len(parts) == 1:
            return parts[0]
        return Syntax(kind, "", tuple(parts), parts[0].start, parts[-1].end)

    def _not(self) -> Syntax:
        sign = self.take("non")
        if sign is None:
            parts = [self._sum()]
            signs = []
            while sign := self.take(*COMPARISONS):
                signs.append(sign.text)
                parts.append(self._sum())
            start, end = parts[0].start, parts[-1].end
            if signs:
                return Syntax("comparaisons", " ".join(signs), tuple(parts), start, end)
            negated = self.next.kind == "non" and self.tokens[self.at + 1].kind == "parmi"
            self.at += negated
            if self.take("parmi") is None:
                return parts[0]
            members = self._list() if self.next.kind == "[" else self._atom()
            among = Syntax("parmi", "", (parts[0], members), start, members.end)
            return Syntax("non", "", (among,), start, members.end) if negated else among
        part = self.nested(self._not)
        return Syntax("non", "", (part,), sign.start, part.end)

    def _list(self) -> Syntax:
        start = self.need("[").start
        parts = [self._atom()]
        while self.take(","):
            parts.append(self._atom())
        return Syntax("liste", "", tuple(parts), start, self.need("]").end)

    def _sum(self) -> Syntax:
        left = self._product()
        while sign := self.take("+", "-"):
            left = _two(sign, left, self._product())
        return left

    def _product(self) -> Syntax:
        left = self._opposite()
        while sign := self.take("*", "/"):
            left = _two(sign, left, self._opposite())
        return left

    def _opposite(self) -> Syntax:
        sign = self.take("-")
        if sign is None:
            return self._atom()
        part = self.nested(self._opposite)
        return Syntax("opposé", "", (part,), sign.start, part.end)

    def _atom(self) -> Syntax:
        token = self.next
        match token.kind:
            case "number" | "date" | "text":
                self.at += 1
                return Syntax(_LEAVES[token.kind], token.text, (), token.start, token.end)
            case "word":
                self.at += 1
                return self._named(token)
            case "(":
                self.at += 1
                found = self.expression()
                self.need(")")
                return found
            case "[":
                found = self._list()
                _outside("une liste hors de « parmi »", found.start, found.end)
            case "+":
                what = "le signe + devant un nombre"
                _outside(what, token.start, token.end)
            case _:
                _unreadable("un nom ou une valeur est attendu ici", token)

    def _named(self, token: _Token) -> Syntax:
        """A name, a field of a name, or a call."""
        found = Syntax("nom", token.text, (), token.start, token.end)
        if self.take("."):
            field = self.need_word()
            leaf = Syntax("nom", field.text, (), field.start, field.end)
            found = Syntax("champ", token.text, (leaf,), token.start, field.end)
            if self.next.kind == ".":
                _outside("un champ de champ de champ", token.start, self.next.end)
        if self.next.kind == "(":
            if found.kind != "nom" or found.text not in FUNCTIONS:
                what = f"la fonction « {found.text} »" if found.kind == "nom" else "cet appel"
                _outside(what, found.start, found.end)
            self.need("(")
            parts = [] if self.next.kind == ")" else [self.expression()]
            while self.take(","):
                parts.append(self.expression())
            return Syntax("appel", found.text, tuple(parts), found.start, self.need(")").end)
        if self.next.kind == "[":
            _outside("l'indice entre crochets", token.start, self.next.end)
        return found

    def need_word(self) -> _Token:
        token = self.next
        if not re.fullmatch(r"[^\W\d]\w*", token.text):
            _unreadable("le nom d'un champ est attendu ici", token)
        self.at += 1
        return token


_LEAVES: Final[Mapping[str, SyntaxKind]] = {"number": "nombre", "date": "date", "text": "texte"}


def _two(sign: _Token, left: Syntax, right: Syntax) -> Syntax:
    kind = cast("SyntaxKind", sign.text)
    return Syntax(kind, "", (left, right), left.start, right.end)


def _beyond_limits(scalar: Scalar, tree: Syntax) -> tuple[Diagnostic, ...]:
    count, deepest = 0, 0
    waiting: list[tuple[Syntax, int]] = [(tree, 1)]
    while waiting:
        part, depth = waiting.pop()
        count += 1
        deepest = max(deepest, depth)
        waiting.extend((below, depth + 1) for below in part.parts)
    if count > MAX_NODES:
        what = f"{count} opérations et valeurs"
        return (say("E307", scalar.span, quoi=what, limite=MAX_NODES),)
    return (_too_deep(scalar, deepest),) if deepest > MAX_DEPTH else ()


def _too_deep(scalar: Scalar, depth: int) -> Diagnostic:
    return say("E307", scalar.span, quoi=f"{depth} niveaux d'imbrication", limite=MAX_DEPTH)
