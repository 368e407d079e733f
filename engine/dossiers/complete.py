"""What a record leaves unsaid: main line, links and defaults, filled into its draft."""

from __future__ import annotations

from engine.dossiers.draft import Draft, DraftLine
from engine.dossiers.plan import Lines, Plan
from engine.langage.inputs import Field, Value
from engine.source.catalogue import say
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def complete(draft: Draft, plan: Plan) -> None:
    """Fill ``draft`` in place: root defaults, then main lines, then links, then line defaults.

    May report E502 (unknown link), E503 (one key for two lines) and E510 (two main lines).
    """
    _default(draft.values, plan.defaulted, draft.values)
    for lines in plan.lines:
        if lines.main is not None:
            _choose_main(draft, lines, lines.main)
    for name, key in plan.keyed:
        _check_keys(draft, name, key)
    for lines in plan.lines:
        for line in draft.lines[lines.collection.name]:
            for field in lines.linked:
                _follow(draft, line, field)
            _default(line.values, lines.defaulted, draft.values)


def _default(values: dict[str, Value], fields: tuple[Field, ...], root: dict[str, Value]) -> None:
    for field in fields:
        if field.name in values:
            continue
        value = root.get(field.default_from) if field.default_from else field.default
        if value is not None:
            values[field.name] = value


def _choose_main(draft: Draft, lines: Lines, main: Field) -> None:
    """Exactly one line is main: the one that says so, else the first."""
    found = draft.lines[lines.collection.name]
    claims = [line for line in found if line.values.get(main.name) is True]
    for line in claims[1:]:
        draft.findings.append(
            say("E510", _place(line, main.name), _place(claims[0], main.name), libelle=main.label)
        )
    chosen = claims[0] if claims else next(iter(found), None)
    for line in found:
        line.values[main.name] = line is chosen


def _check_keys(draft: Draft, collection: str, key: Field) -> None:
    """A value that lines of other lists refer to names one line only."""
    first: dict[Value, DraftLine] = {}
    for line in draft.lines[collection]:
        value = line.values.get(key.name)
        if value is None:
            continue
        if value in first:
            draft.findings.append(
                say(
                    "E503",
                    _place(line, key.name),
                    _place(first[value], key.name),
                    libelle=key.label,
                    dossier=str(value),
                )
            )
        else:
            first[value] = line


def _follow(draft: Draft, line: DraftLine, field: Field) -> None:
    """Find the line that ``field`` refers to; when nothing is written, its default if any."""
    collection, _, key = (field.link or "").partition(".")
    targets = draft.lines[collection]
    if field.name not in line.values:
        mark = (field.default_from or "").rpartition(".")[2]
        index = next((i for i, one in enumerate(targets) if one.values.get(mark) is True), None)
        if index is not None and key in targets[index].values:
            line.values[field.name] = targets[index].values[key]
            line.links[field.name] = index
        return
    value = line.values[field.name]
    index = next((i for i, one in enumerate(targets) if one.values.get(key) == value), None)
    if index is not None:
        line.links[field.name] = index
    elif all(key in one.values for one in targets):  # else the line meant may be the faulty one
        known = tuple(str(one.values[key]) for one in targets)
        listed = draft.node.key(collection)
        declared = None if listed is None else listed.span
        place = _place(line, field.name)
        draft.findings.append(
            say(
                "E502",
                place,
                declared,
                libelle=field.label,
                valeur=str(value),
                proches=suggestion(str(value), known, "valeurs connues"),
            )
        )


def _place(line: DraftLine, name: str) -> Span:
    node = line.node.get(name)
    return line.node.span if node is None else node.span
