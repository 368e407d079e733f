"""The law goes in; a WebAssembly file and what any host must know to run it come out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import wasmtime

from engine import __version__
from engine.evaluation.compilation.build import Demand, compile_law
from engine.evaluation.compilation.program import Alarm
from engine.evaluation.law import Law
from engine.evaluation.results import lacking_anomaly
from engine.langage.corpus import Corpus
from engine.module.emit import emit
from engine.module.layout import PIECE, AnswerSlots, Input, Layout, lay_out

FORMAT = 1
SECTION = "reglo"  # the section of the file that holds the fingerprint of the rules


def module_of(
    law: Law, days: Sequence[date], wanted: Sequence[str] | None, name: str
) -> tuple[bytes, dict[str, object]]:
    """The module of the epochs of some days, and its descriptor (schemas/module.v1.json).

    Args:
        law: the corpus.
        days: each record falls in the epoch of one of them.
        wanted: the results; all of them when None.
        name: the file of the module, as the descriptor calls it.

    Raises:
        UnsupportedError: something of the law has no compiled form.
        TooWideError: bounds that 128 bits do not hold.
    """
    corpus = law.corpus
    epochs = sorted({corpus.epoch_number(day) for day in days})
    asked = Demand(None if wanted is None else tuple(wanted))
    layout = lay_out(compile_law(law, epochs, asked=asked), alarms=True)
    binary = bytes(wasmtime.wat2wasm(emit(layout)))
    own = (_length(len(SECTION.encode())) + SECTION.encode()) + corpus.digest.encode()
    return binary + b"\x00" + _length(len(own)) + own, _descriptor(corpus, layout, epochs, name)


def _length(number: int) -> bytes:
    """A length as WebAssembly writes it: seven bits a byte, the least first."""
    found = bytearray()
    while number > 127:  # noqa: PLR2004 - seven bits
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def _descriptor(
    corpus: Corpus, layout: Layout, epochs: Sequence[int], name: str
) -> dict[str, object]:
    lacks = [lacking_anomaly(corpus, one, ()) for one in layout.program.lacks]
    space: dict[str, object] | None = None
    if layout.space is not None:
        space = {
            "adresse": layout.space,
            "taille": layout.space + 1,
            "morceaux": layout.pieces,
            "octets_par_ligne": PIECE,
        }
    return {
        "format": FORMAT,
        "module": name,
        "regles": corpus.digest,
        "reglo": __version__,
        "emplacements": layout.slots,
        "epoques": [_epoch(corpus, one) for one in epochs],
        "epoque": layout.epoch,
        "textes": list(layout.texts),
        "rangs": layout.ranks,
        "travail": space,
        "listes": [{"nom": one, "fins": slot} for one, slot in layout.offsets.items()],
        "renvois": [
            {
                "liste": one.scope,
                "champ": one.name,
                "vers": one.target,
                "valeurs": one.values,
                "presence": one.there,
            }
            for one in layout.links
        ],
        "champs": [_field(one) for one in layout.inputs],
        "resultats": [
            {
                "nom": str(one.about),
                "libelle": corpus.rule(str(one.about)).label,
                "unite": corpus.rule(str(one.about)).unit,
                **_answer(one),
            }
            for one in layout.results
        ],
        "raisons": [
            {"sorte": one.kind, "nom": one.name, "code": told.code}
            for one, told in zip(layout.program.lacks, lacks, strict=True)
        ],
        "controles": [
            _control(alarm, place, layout) for place, alarm in enumerate(layout.program.alarms)
        ],
    }


def _epoch(corpus: Corpus, number: int) -> dict[str, object]:
    starts = corpus.starts
    last = starts[number + 1] - timedelta(days=1) if number + 1 < len(starts) else None
    return {
        "numero": number,
        "du": starts[number].isoformat(),
        "au": None if last is None else last.isoformat(),
    }


def _field(one: Input) -> dict[str, object]:
    """A field: of a line that another one leads to, it is read where that line is."""
    grid = one.source.field.grid
    return {
        "nom": one.source.field.name,
        "liste": one.table,
        "sorte": one.sort,
        "pas": str(grid or 1) if one.sort == "nombre" else None,
        "valeurs": one.values,
        "presence": one.there,
    }


def _answer(one: AnswerSlots) -> dict[str, object]:
    return {
        "sorte": one.sort,
        "pas": str(Fraction(one.typed.step)) if one.sort in ("nombre", "grand") else None,
        "valeurs": one.values,
        "presence": one.there,
        "raisons": one.mask,
        "diviseur": one.den,
    }


def _control(alarm: Alarm, place: int, layout: Layout) -> dict[str, object]:
    own = [one for one in layout.alarms if one.about[0] == place]
    fires, values = own[0], iter(own[1:])
    control = alarm.control
    return {
        "code": control.code,
        "libelle": control.label,
        "gravite": control.gravity,
        "regle": f"{control.text}.{control.code}",
        "liste": control.scope,
        "declenche": fires.values,
        "message": [
            part if isinstance(part, str) else {**_answer(next(values)), "decimales": part[1]}
            for part in alarm.message
        ],
    }
