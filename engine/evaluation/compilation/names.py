"""What the columns of a compiled law are called: names that no rule, field or language knows.

A rule is called ``[a-z][a-z0-9_]*``, and the data bases do not tell capitals from small letters.
The value of a rule is thus a column of its name after one underscore; every other column has two
underscores, its kind, which holds none, and after one more what it is about: two names are the same
only if all of that is. Such a name is an identifier of SQL as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from engine.langage.inputs import RecordModel

MASK: Final = "manque"  # the reasons for which a rule is not computable
DENOMINATOR: Final = "sur"  # the denominator of a rule that is a quotient

# Its collection, its name, and the field of that collection which leads to its line, if one does.
FieldOf: TypeAlias = "tuple[str | None, str, str | None]"


def value_column(rule: str) -> str:
    """The column of the value of a rule, of a part of it or of a control."""
    return f"_{rule}"


def marked(kind: str, about: str = "") -> str:
    """The column of what is no value of a rule; ``kind`` has no underscore."""
    return f"__{kind}_{about}" if about else f"__{kind}"


EPOCH_COLUMN: Final = marked("epoque")


def rule_part(rule: str, epoch: int) -> str:
    """What stands for a rule in the epochs from ``epoch`` on, as if it were a rule too."""
    return f"_epoque{epoch}_{rule}"


def control_piece(place: int) -> str:
    """What stands for a control, as if it were a rule too."""
    return f"_controle{place}"


def field_columns(model: RecordModel) -> Mapping[FieldOf, str]:
    """The column of each field of the record, of its lines and of the line that these refer to.

    Groups and lists are joined to their fields by an underscore, which they may hold themselves:
    where two fields would be called alike (« a_b.c », « a.b_c »), the next ones are numbered. The
    identifier keeps its name, by which the tables of the user call it too.
    """
    found: dict[FieldOf, str] = {}
    taken: set[str] = set()
    for place, path in _paths(model):
        number, name = 1, path
        while name in taken:
            number += 1
            name = f"{path}_{number}"
        taken.add(name)
        found[place] = marked("champ", name)
    ident = model.role("identifiant").name
    return found | {(None, ident, None): ident}


def _paths(model: RecordModel) -> Iterator[tuple[FieldOf, str]]:
    for one in model.fields:
        yield (None, one.name, None), one.name.replace(".", "_")
    for lines in model.collections:
        for one in lines.fields:
            path = f"{lines.name}.{one.name}".replace(".", "_")
            yield (lines.name, one.name, None), path
            target = model.collection((one.link or "").partition(".")[0])
            for other in () if target is None else target.fields:
                linked = f"{path}.{other.name}".replace(".", "_")
                yield (lines.name, other.name, one.name), linked
