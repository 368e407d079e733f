"""Any record that the schema allows: strategies built from the model of the record itself."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import strategies as st

from engine.langage.inputs import Collection, Field
from tests.droit.teachers import DAYS, UAIS, Data, law

# The texts that must have a form, or be repeated elsewhere in the record.
TEXTS: dict[str, st.SearchStrategy[Data]] = {
    "annee_scolaire": st.none(),
    "commune": st.sampled_from(["Marseille", "Aubagne", "12"]),
    "parallele": st.sampled_from(["P1", "P2"]),
}


def values(field: Field, uais: tuple[str, ...]) -> st.SearchStrategy[Data]:
    """Values that ``field`` accepts, its bounds included."""
    if field.link is not None:
        return st.sampled_from(uais) if uais else st.none()
    match field.kind:
        case "code":
            return st.sampled_from(field.codes)
        case "booleen":
            # two main establishments would be refused
            return st.none() if field.name == "principal" else st.booleans()
        case "date":
            return DAYS.map(str)
        case "texte":
            return TEXTS.get(field.name, st.sampled_from(["D-1", "TG1", "[b]", "é"]))
        case "nombre":
            return numbers(field)


def numbers(field: Field) -> st.SearchStrategy[Data]:
    """Whole numbers, or hundredths where they are allowed, written as texts."""
    assert field.minimum is not None
    assert field.maximum is not None
    scale = 1 if field.multiple_of is not None else 100
    least = int(field.minimum * scale) + field.above_minimum
    most = int(field.maximum * scale)
    ends = st.sampled_from([least, most])
    counts = st.integers(least, most) | ends
    return counts.map(lambda count: str(Decimal(count) / scale))


def entries(fields: tuple[Field, ...], uais: tuple[str, ...]) -> st.SearchStrategy[dict[str, Data]]:
    """One mapping; what is not required may be absent or null; groups are nested again."""
    written = tuple(one for one in fields if not one.derived)
    required = {one.name: values(one, uais) for one in written if one.required}
    optional = {
        one.name: st.none() | values(one, uais) for one in written if one.name not in required
    }
    return st.fixed_dictionaries(required, optional=optional).map(nested)


def nested(flat: dict[str, Data]) -> dict[str, Data]:
    data: dict[str, Data] = {}
    groups: dict[str, dict[str, Data]] = {}
    for name, value in flat.items():
        head, _, tail = name.partition(".")
        if tail:
            data[head] = groups.setdefault(head, {})
            groups[head][tail] = value
        else:
            data[name] = value
    return data


def collected(collection: Collection, uais: tuple[str, ...]) -> st.SearchStrategy[Data]:
    if any(one.name == "uai" for one in collection.fields):
        others = tuple(one for one in collection.fields if one.name != "uai")
        return st.tuples(*(establishment(others, uais, uai) for uai in uais))
    return st.lists(entries(collection.fields, uais), max_size=4) | st.none()


def establishment(
    others: tuple[Field, ...], uais: tuple[str, ...], uai: str
) -> st.SearchStrategy[Data]:
    return entries(others, uais).map(lambda one: {**one, "uai": uai})


@st.composite
def records(draw: st.DrawFn) -> str:
    """The JSON text of a record that must be accepted."""
    model = law().corpus.model
    uais = UAIS[: draw(st.integers(0, 3))]
    root = draw(entries(model.fields, uais))
    lists = {one.name: draw(collected(one, uais)) for one in model.collections}
    return json.dumps({**root, **lists})
