"""Records spoiled at random, and what two commands say of them: it must be the same, word for word.

Nothing here knows how records are read: a record is spoiled as a text or as a tree of JSON texts.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

import duckdb

from engine.calcul.inputs import read_inputs
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import compute
from engine.langage.kernel import ABSENT
from engine.source.files import read_documents
from engine.source.tree import Plain, plain
from engine.sql.campaign import raw_sources
from engine.sql.duck import REFUSALS, connect
from engine.sql.inputs.open import open_inputs
from engine.sql.runs import Request, run_campaign
from tests.sql.tables import law, taken

# A tree of JSON as it is written: a text stands for itself, a key may stand twice.
Tree: TypeAlias = "str | list[Tree] | tuple[tuple[str, Tree], ...]"

ROOT: Final = Path(__file__).resolve().parents[2]
NUMBERS: Final = (
    "0", "-0", "0.0", "1", "-1", "1.0", "1.5", "4.50", "1e1", "1E2", "1e-1", "1e400", "10000000000",
    "0.30000000000000004", "20.00000000000000001", "20.000000000000000000000001", "0.1234",
    "0.12345", "123456789.1234", "4112", "4112.0", "9007199254740993", "18446744073709551616",
    "1234567890123456789012345", "1250", "0.00001", "2.05", "17.999",
)  # fmt: skip
MILD: Final = ("0", "1", "2", "7", "45", "1000", "0.5", "2.5", "0.333", "12.75", "-3", "99999")
KINDS: Final = ("-?[0-9].*", '"[0-9]{4}-[0-9]{2}-[0-9]{2}"', '".*"', ".*")  # of JSON texts
OTHERS: Final = ("null", "true", "false", "[]", "{}", "[1]", "[[]]", "[null]", '{"a": 1}',
                 '{"heures": 2}')  # fmt: skip
BROKEN: Final = (
    "NaN", "Infinity", "-Infinity", "nan", "01", ".5", "+1", "1_000", "0x10", "tru", "", "'a'",
    '"\\ud800"', '"\\x"', '"\\"', '"a\tb"', "1.", "[1,]", '{"a":1,}', "/* */ 1", "True",
)  # fmt: skip
TEXTS: Final = (
    '"\\u00e9"', '"\\u0000"', '"\\u0007"', '"\\u200b"', '"e\\u0301"', '"\\ud83d\\ude00"', '"\\n"',
    '"D\\u002d1"', *(json.dumps(one, ensure_ascii=False) for one in (
        "", " ", "x", "null", "true", "oui", "Vrai", "0", "1", "4", "4,5", "4.5", "4h30", "4 h 20",
        "4 h 7", "4 h", "80%", "80 %", "1 250", "1e1", "-1", "-0", "007", " 4", "4 ", "NaN",
        "20.00000000000000001", "9" * 26, "0" * 39 + "4", "01/10/2024", "2024-10-01", "2024-10-01 ",
        "2024-1-1", "2024-02-30", "0000-01-01", "9999-12-31", "2024-13-01", "2008-08-31",
        "2024-2025", "2024-2026", "2023-2024", "0130001A", "0130002B", "0130001a", "certifie",
        "Certifie", "terminale_generale", "mathematiques", "eps", " D-1", "D-1 ", "a  b", "a b",
        "D'1", 'D"1', "D\\1", "D-1\u00a0", "é", "e\u0301", "Orléans", "SAINT-RÉMY", "œuvre", "ß",
        "Ελλάς", "Москва", "日本", "😀", "\u00a0", "\u2028", "\ufeff", "\u00ad", "ǆ", "ﬁn",
        "a" * 200, "a" * 201, "a" * 2000, "'); DROP TABLE x; --", "$.a", "4\u202f500",
        "1\u00a0250,5", "\x7f",
    )),
)  # fmt: skip


@cache
def sound() -> tuple[Tree, ...]:
    """The records of the examples and of the cases, as they are written."""
    found: list[Plain] = []
    for path in sorted((ROOT / "exemples").glob("*.yaml")):
        for one in (plain(node) for node in read_documents(path.name, path.read_text())[0]):
            found += one if isinstance(one, list) else [one]
    for path in sorted((ROOT / "cas_tests").glob("*.yaml")):
        for document in (plain(node) for node in read_documents(path.name, path.read_text())[0]):
            cases = document.get("cas") if isinstance(document, dict) else None
            for one in cases if isinstance(cases, list) else ():
                found += [one.get("dossier")] if isinstance(one, dict) else []
    return tuple(_tree(one) for one in found if isinstance(one, dict))


@cache
def leaves() -> Mapping[str, tuple[str, ...]]:
    """Every value of the sound records by its kind, each once, and some numbers near."""
    found: dict[str, None] = dict.fromkeys(MILD)
    waiting: list[Tree] = list(sound())
    for one in waiting:
        if isinstance(one, str):
            found[one] = None
        else:
            waiting += one if isinstance(one, list) else [below for _, below in one]
    kinds: dict[str, list[str]] = {}
    for text in found:
        kinds.setdefault(next(one for one in KINDS if re.fullmatch(one, text)), []).append(text)
    return {kind: tuple(texts) for kind, texts in kinds.items()}


def _tree(value: Plain) -> Tree:
    match value:
        case dict():
            return tuple((json.dumps(key), _tree(one)) for key, one in value.items())
        case list():
            return [_tree(one) for one in value]
        case bool() | None:
            return json.dumps(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return f"{value:f}" if not isinstance(value, int) else str(value)


@dataclass(slots=True)
class Spoiler:
    """Spoils records; everything it does comes from ``random``."""

    random: Random
    colon: str = ": "
    comma: str = ", "

    def line(self, number: int) -> bytes:
        """A record under a name of its own, spoiled or not, as one line."""
        tree = self.random.choice(sound())
        assert isinstance(tree, tuple)
        ident = f'"D-{number}"'
        if self.random.random() < 0.02:
            ident = f'"D-{max(0, number - self.random.randrange(1, 9))}"'
        tree = (('"dossier"', ident), *(pair for pair in tree if pair[0] != '"dossier"'))
        for _ in range(self.random.choice((0, 0, 1, 1, 1, 1, 2, 3))):
            tree = self.spoiled(tree)
        self.colon = self.random.choice((":", ": ", ": ", " : "))
        self.comma = self.random.choice((",", ", ", ", ", " ,\t"))
        text = self.written(tree)
        data = text.encode("utf-8", "surrogatepass")
        return self.spoiled_line(data) if self.random.random() < 0.08 else data

    def written(self, tree: Tree) -> str:
        match tree:
            case str():
                return tree
            case list():
                return f"[{self.comma.join(self.written(one) for one in tree)}]"
            case _:
                pairs = (f"{key}{self.colon}{self.written(one)}" for key, one in tree)
                return f"{{{self.comma.join(pairs)}}}"

    def spoiled(self, tree: Tree) -> Tree:
        """One thing changed, somewhere."""
        inside = len(tree) if isinstance(tree, list | tuple) else 0
        if not inside or self.random.random() < 0.15:
            return self.change(tree)
        at = self.random.randrange(inside)
        if isinstance(tree, list):
            return [self.spoiled(one) if here == at else one for here, one in enumerate(tree)]
        assert isinstance(tree, tuple)
        return tuple(
            (key, self.spoiled(one)) if here == at else (key, one)
            for here, (key, one) in enumerate(tree)
        )

    def change(self, tree: Tree) -> Tree:
        match tree:
            case list() if tree and self.random.random() < 0.8:
                return self._list(tree)
            case tuple() if tree and self.random.random() < 0.9:
                return self._group(tree)
            case str() if tree[:1].isdigit() and self.random.random() < 0.4:
                return self._number(tree)
        return self.value(tree if isinstance(tree, str) else "")

    def value(self, like: str = "") -> str:
        """Anything, often of the same kind as ``like``, seldom what is not even JSON."""
        if like and self.random.random() < 0.6:
            kind = next(one for one in KINDS if re.fullmatch(one, like))
            return self.random.choice(leaves()[kind])
        kinds = (NUMBERS, TEXTS, OTHERS, BROKEN)
        return self.random.choice(self.random.choices(kinds, (8, 12, 4, 1))[0])

    def _list(self, tree: list[Tree]) -> Tree:
        one = self.random.choice(tree)
        changed: tuple[Tree, ...] = (
            [*tree, one], tree[:-1], tree * 40, [tree], [*tree, "null"], [*tree, "1"], tree[::-1],
        )  # fmt: skip
        return self.random.choice(changed)

    def _group(self, tree: tuple[tuple[str, Tree], ...]) -> Tree:
        at = self.random.randrange(len(tree))
        key, value = tree[at]
        rest = (*tree[:at], *tree[at + 1 :])
        changed: tuple[Tree, ...] = (
            rest, rest, (*tree, (key, value)), (*tree, (key, self.value())),
            (*rest, (f'{key[:-1]}s"', value)), (*rest, (key.upper(), value)),
            (*tree, ('"inconnu"', "1")), (*tree, ("dossier", "1")),
            (*rest, (key, value)), (*tree, (f'"\\u{ord(key[1]):04x}{key[2:]}', value)),
            [tree],
        )  # fmt: skip
        return self.random.choice(changed)

    def _number(self, text: str) -> str:
        """The same number otherwise, or one near."""
        return self.random.choice((
            f"{text}.0", f"{text}0", f"0{text}", f"-{text}", f"{text}e0", f"{text}.00001",
            f'"{text}"', f'" {text} "', f'"{text.replace(".", ",")}"', f'"{text} h"', f'"{text} %"',
            f"{text}00000000000000000", f"{text}.000000000000000001", f"{text}.25", f"{text}.5",
        ))  # fmt: skip

    def spoiled_line(self, data: bytes) -> bytes:
        at = self.random.randrange(len(data) + 1)
        sign = self.random.choice((
            b"\0", b"\r", b"\x1f", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xc2\xa0", b" ", b"\t",
            b",", b'"', b"}", b"]", b"#", b"/* */", b"\\", b"\x0b", b"\xe2\x80\xa8",
        ))  # fmt: skip
        return self.random.choice((
            data[:at], data[:at] + sign + data[at:], sign + data, data + sign, b"[" + data + b"]",
            b"[" + data + b",]", b"[" + data + b"," + data + b"]", data + b",", data[:-1] + b",}",
            b"[]", b"", b"  \t", b"null", b"\xc2\xa0", data + b"\r", data + data,
            b"[[" + data + b"]]",
        ))  # fmt: skip


def mutated(seed: int, count: int) -> bytes:
    """``count`` lines of records, most of them spoiled, by ``seed`` alone."""
    spoiler = Spoiler(Random(seed))  # noqa: S311 - not a secret
    return b"".join(spoiler.line(number) + b"\n" for number in range(count))


# --- what each command says


Words: TypeAlias = tuple[str, str]
Result: TypeAlias = tuple[Mapping[str, object], Counter[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is said of a file: of each accepted record, and of each line at fault."""

    accepted: Mapping[str, Result]
    refused: Mapping[int, Counter[Words]]


def said_alone(path: Path, *, computed: bool) -> Verdicts:
    """What ``calculer`` says: the reader of single records, then the interpreter if asked."""
    inputs = read_inputs([path], law().corpus, standard_input=b"")
    refused: dict[int, Counter[Words]] = defaultdict(Counter)
    for one in inputs.diagnostics:
        refused[one.span.line][str(one.code), one.message] += 1
    accepted: dict[str, Result] = {}
    for record in inputs.records:
        if not computed:
            accepted[record.ident] = ({}, Counter())
            continue
        found = compute(law(), record)
        said: Counter[tuple[str, ...]] = Counter(
            (one.code, one.gravity, one.message, one.rule) for one in found.anomalies
        )
        values = {name: _told(value) for name, value in found.values.items()}
        accepted[record.ident] = (values, said)
    return Verdicts(accepted, refused)


def _told(value: Outcome) -> object:
    if isinstance(value, NotComputable):
        return "non calculable"
    return None if value is ABSENT else value


def said_together(path: Path, output: Path) -> Verdicts:
    """What ``campagne`` says."""
    request = Request(path, output, threads=2)
    manifest, findings = run_campaign(law(), request, lambda _done, _all: None)
    assert manifest is not None, findings
    refused: dict[int, Counter[Words]] = defaultdict(Counter)
    anomalies: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    accepted = {}
    with duckdb.connect() as connection:

        def rows(name: str, columns: str) -> list[tuple[object, ...]]:
            table = (output / f"{name}.parquet").as_posix()
            return connection.execute(f"SELECT {columns} FROM read_parquet(?)", [table]).fetchall()

        for line, code, motive in rows("rejets", "ligne, code, motif"):
            refused[int(str(line))][str(code), str(motive)] += 1
        for ident, *anomaly in rows("anomalies", "dossier, code, gravite, message, regle"):
            anomalies[str(ident)][tuple(map(str, anomaly))] += 1
        names = law().corpus.results
        listed = ", ".join(f'"{name}"' for name in names)
        for ident, missing, *values in rows("resultats", f"dossier, non_calculables, {listed}"):
            lacking = str(missing or "").split(",")
            told = {
                name: "non calculable" if name in lacking else _exact(value)
                for name, value in zip(names, values, strict=True)
            }
            accepted[str(ident)] = (told, anomalies[str(ident)])
    return Verdicts(accepted, refused)


def _exact(value: object) -> object:
    return value if value is None or isinstance(value, str | bool) else Fraction(str(value))


def said_by_tables(path: Path, workspace: Path) -> Verdicts:
    """What the tables of ``path`` say before anything is computed: who is refused, and why.

    An accepted record has no result here: its law is not compiled.
    """
    model, first = law().corpus.model, law().corpus.first_day
    refused: dict[int, Counter[Words]] = defaultdict(Counter)
    with connect(None, 2, workspace.as_posix()) as connection:
        tables, findings = open_inputs(connection, path, model, first, workspace)
        assert tables is not None, findings
        views = raw_sources(connection, tables)
        taken(connection, views)
        query = f"SELECT ligne, code, motif, dossier FROM {REFUSALS}"
        found = connection.execute(query).fetchall()
        at_fault = {ident for *_, ident in found}
        told = [(line, code, motive) for line, code, motive, _ in found]
        if tables.lost is not None:
            lost = f"SELECT rang, code, motif FROM {tables.lost.relation}"
            told += connection.execute(lost).fetchall()
        for line, code, motive in told:
            refused[line][code, motive] += 1
        rows = connection.execute(f"SELECT dossier FROM {views[model.table].relation}").fetchall()
    none: Result = ({}, Counter())
    return Verdicts({ident: none for (ident,) in rows if ident not in at_fault}, refused)


def disagreements(path: Path, output: Path, *, computed: bool) -> tuple[list[str], Counter[str]]:
    """What the two commands do not say alike of ``path``, and counts of what they say.

    Args:
        path: records, in a form that both read.
        output: a folder that is not there yet.
        computed: whether every result and every anomaly is compared too.
    """
    alone = said_alone(path, computed=computed)
    if computed:
        together = said_together(path, output)
    else:
        output.mkdir()
        together = said_by_tables(path, output)
    wrong = []
    for line in sorted({*alone.refused, *together.refused}):
        one, other = alone.refused.get(line, Counter()), together.refused.get(line, Counter())
        if one != other:
            wrong.append(f"ligne {line} : {sorted(one - other)} / {sorted(other - one)}")
    for ident in sorted({*alone.accepted, *together.accepted}):
        if (ident in alone.accepted) != (ident in together.accepted):
            wrong.append(f"{ident} : {'calculer' if ident in alone.accepted else 'campagne'} seul")
            continue
        (values, said), (others, told) = alone.accepted[ident], together.accepted[ident]
        wrong += [
            f"{ident} {name} : {value} / {others[name]}"
            for name, value in values.items() if value != others[name]
        ]  # fmt: skip
        if said != told:
            wrong.append(f"{ident} : {sorted(said - told)} / {sorted(told - said)}")
    counts = Counter({"calculés": len(alone.accepted), "lignes en faute": len(alone.refused)})
    for found in alone.refused.values():
        counts.update({code for code, _ in found})
    return wrong, counts
