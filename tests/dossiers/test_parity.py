"""The reader refuses exactly what the schema refuses, for all that a schema can see."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import TypeAlias

from hypothesis import event, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.dossiers.read import Refusal, read_records
from engine.dossiers.values import read_number
from engine.langage.inputs import Field, Writing
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span
from engine.source.tree import Mapping, Node, Scalar, Sequence, plain
from tests.dossiers.samples import FIRST_DAY, MODEL, SCHEMA

WRITINGS: tuple[Writing, ...] = ("nombre", "heures", "part")

Data: TypeAlias = "str | bool | int | Decimal | list[Data] | dict[str, Data] | None"

VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
# What only the reader sees: links, the calendar of a year, uniqueness.
READER_ONLY = {
    "E502",
    "E503",
    "E504",
    "E505",
    "E510",
}
SPAN = Span("essai.json", 1, 1, 1, 1)
NUMBER_TEXT = SPAN.part(1, 2)  # where a text that is a number stands

TEXTS = {"uai": "0130001A", "etablissement": "0130001A", "annee_scolaire": "2024-2025"}
ODD: st.SearchStrategy[Data] = st.sampled_from(
    [
        *("", "x", "oui", "12", "4,5", "4 h 30", "80 %", "18:30", "2024-02-30", "01/10/2024"),
        *(None, True, False, 0, 1, 12, 250, Decimal("0.5"), Decimal("2.25"), -3, 10**6),
        *([], {}, [1], {"x": 1}, "0130001A", "0130009z", "certifie", "a" * 201, "9" * 41),
    ]
)


def tree(data: Data) -> Node:
    """``data`` as it would be read from a JSON file: every text between quotes."""
    match data:
        case dict():
            entries = (
                (Scalar(key, quoted=True, span=SPAN), tree(one)) for key, one in data.items()
            )
            return Mapping(tuple(entries), SPAN)
        case list():
            return Sequence(tuple(tree(one) for one in data), SPAN)
        case str():
            number = any(read_number(data, writing) is not None for writing in WRITINGS)
            return Scalar(data, quoted=True, span=NUMBER_TEXT if number else SPAN)
        case None:
            return Scalar("null", quoted=False, span=SPAN)
        case bool():
            return Scalar(str(data).lower(), quoted=False, span=SPAN)
        case _:
            return Scalar(str(data), quoted=False, span=SPAN)


def values(field: Field) -> st.SearchStrategy[Data]:
    """Values that ``field`` accepts."""
    match field.kind:
        case "code":
            return st.sampled_from(field.codes)
        case "booleen":
            return st.booleans()
        case "date":
            return st.dates(FIRST_DAY).map(str)
        case "texte":
            return st.just(TEXTS.get(field.name, "texte"))
        case "nombre":
            assert field.maximum is not None
            assert field.minimum is not None
            low = int(field.minimum) + field.above_minimum
            whole: st.SearchStrategy[Data] = st.integers(low, int(field.maximum))
            return st.one_of(whole, whole.map(str)) if low > 1 else st.just(1) | st.just("1,0")


def lines(fields: tuple[Field, ...]) -> st.SearchStrategy[Data]:
    """One mapping; each field that is not required may be absent, groups are nested again."""
    required = {one.name: values(one) for one in fields if one.required}
    optional = {one.name: values(one) | st.none() for one in fields if not one.required}
    return st.fixed_dictionaries(required, optional=optional).map(nested)


def nested(flat: dict[str, Data]) -> Data:
    data: dict[str, Data] = {}
    for name, value in flat.items():
        head, _, tail = name.partition(".")
        if tail:
            group = data.setdefault(head, {})
            assert isinstance(group, dict)
            group[tail] = value
        else:
            data[head] = value
    return data


RECORDS: st.SearchStrategy[Data] = st.builds(
    lambda root, lists: {**root, **lists},
    lines(tuple(one for one in MODEL.fields if not one.derived)),
    st.fixed_dictionaries(
        {},
        optional={
            one.name: st.lists(lines(one.fields), max_size=2) | st.none()
            for one in MODEL.collections
        },
    ),
)


@st.composite
def mutated(draw: st.DrawFn) -> Data:
    """A record with one to three changes: a key removed, added or renamed, a value replaced."""
    data = copy.deepcopy(draw(RECORDS))
    for _ in range(draw(st.integers(1, 3))):
        spots = list(containers(data))
        spot = draw(st.sampled_from(spots))
        odd = copy.deepcopy(draw(ODD))
        if isinstance(spot, list):
            spot.append(odd)
            continue
        key = draw(st.sampled_from([*spot, "inconnu"]))
        match draw(st.sampled_from(["replace", "remove", "rename"])):
            case "replace":
                spot[key] = odd
            case "remove":
                spot.pop(key, None)
            case _:
                spot[f"{key}_"] = spot.pop(key, None)
    return data


def containers(data: Data) -> list[list[Data] | dict[str, Data]]:
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    found = [below for one in inside for below in containers(one)]
    return [data, *found] if isinstance(data, dict | list) else found


def findings(data: Data) -> tuple[list[str], list[str]]:
    """What the reader and the schema say, on the very same tree, for what both can see."""
    node = tree(data)
    (outcome,) = read_records([node], MODEL, first_day=FIRST_DAY)
    said = outcome.diagnostics if isinstance(outcome, Refusal) else ()
    mine = [str(finding) for finding in said if not reader_only(finding)]
    return mine, [error.message for error in VALIDATOR.iter_errors(plain(node))]


def reader_only(finding: Diagnostic) -> bool:
    """A schema sees neither links, nor the value of a number that is written as a text."""
    return finding.code in READER_ONLY or (finding.code == "E107" and finding.span == NUMBER_TEXT)


@given(RECORDS)
def test_a_sound_record_is_accepted_by_both(data: Data) -> None:
    assert findings(data) == ([], [])


@given(mutated())
def test_a_changed_record_is_refused_by_both_or_by_none(data: Data) -> None:
    mine, theirs = findings(data)
    event("refused" if theirs else "accepted")
    assert bool(mine) == bool(theirs), (mine, theirs)
