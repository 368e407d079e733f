"""The module says what the interpreter says, of every record: results, reasons, anomalies."""

from __future__ import annotations

import atexit
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import wasmtime
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.evaluation.compilation.build import Demand, compile_law
from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.law import corpus_folder, law_of
from engine.evaluation.results import Anomaly, compute, control_anomaly, interpreter_for, raised
from engine.langage.kernel import thirtieths
from engine.langage.records import Record
from engine.module import host
from engine.module.emit import emit
from engine.module.host import StoppedError, build
from engine.module.layout import EPOCH_DAY, Layout
from tests.ligne_de_commande.commande import copied_rules
from tests.sql.tables import law
from tests.sql.test_parity import records_of_cases, told


def differences(records: Sequence[Record], epochs: Sequence[int]) -> list[str]:
    """What the module of some epochs says of the records that the interpreter does not."""
    corpus = law().corpus
    module = build(compile_law(law(), epochs, asked=Demand()), alarms=True)
    numbers = [corpus.epoch_number(record.day) for record in records]
    run, alerts = module.run(records, numbers)
    said_of: dict[int, list[Anomaly]] = defaultdict(list)
    for one in alerts:
        control = module.program.alarms[one.control].control
        ends = None if control.scope is None else run.given.ends[control.scope]
        for row in one.rows:
            place = row if ends is None else bisect_right(ends, row) - 1
            line = None if ends is None else str(row - ends[place] + 1)
            said_of[place].append(control_anomaly(corpus, control, line, one.said))
    wrong = []
    for place, record in enumerate(records):
        values = compute(law(), record).values
        wrong += [
            f"{record.ident} {answer.about}"
            for answer in module.layout.results
            if told(values[str(answer.about)]) != told(run.outcome(answer, place))
        ]
        said = Counter(raised(interpreter_for(law(), record, {})))
        if said != Counter(said_of[place]):
            wrong.append(f"{record.ident} anomalies {said}")
    return wrong


def by_epoch() -> Mapping[int, list[Record]]:
    found: dict[int, list[Record]] = defaultdict(list)
    for record in records_of_cases():
        found[law().corpus.epoch_number(record.day)].append(record)
    return found


def test_every_case_in_one_module_of_every_epoch() -> None:
    """The law of each record is that of its day."""
    records = records_of_cases()
    epochs = epoch_numbers(law(), [record.day for record in records])
    assert len(epochs) > 30
    assert differences(records, epochs) == []


def test_the_cases_of_an_epoch_in_a_module_of_its_own() -> None:
    """Nothing is left there of the choice between epochs. The last one, and one of six before."""
    groups = by_epoch()
    alone = sorted(groups, reverse=True)[::6]
    assert len(alone) > 5
    for epoch in alone:
        assert differences(groups[epoch], [epoch]) == []


def test_no_record_at_all() -> None:
    assert differences([], [law().corpus.epoch_number(date(2024, 10, 1))]) == []


# --- numbers of 128 bits

WIDE = ("plus", "moins_128", "fois", "quotient", "tronque")
FUNCTIONS = (*WIDE, "egal", "moins", "trentiemes")


@cache
def instance() -> tuple[wasmtime.Store, wasmtime.Instance]:
    helpers = files("engine.module").joinpath("aide.wat").read_text(encoding="utf-8")
    exported = "".join(f'(export "{name}" (func ${name}))' for name in FUNCTIONS)
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    made = wasmtime.Module(engine, f"(module (memory 1) {helpers} {exported})")
    return store, wasmtime.Instance(store, made, [])


atexit.register(instance.cache_clear)  # wasmtime frees nothing once Python is going down


def called(name: str, *words: int) -> object:
    store, made = instance()
    function = made.exports(store)[name]
    assert isinstance(function, wasmtime.Func)
    return function(store, *words)


def words(number: int) -> tuple[int, int]:
    """The low word and the high one, as wasmtime takes them."""
    low = number & (2**64 - 1)
    return (low - 2**64 if low >= 2**63 else low), number >> 64


def number(found: object) -> int:
    assert isinstance(found, list)
    low, high = found
    return (int(low) & (2**64 - 1)) + (int(high) << 64)


EDGES = [0, 1, -1, 2**31, 2**32, 2**63 - 1, -(2**63), 2**63, 2**64 - 1, 2**64, 10**19, 10**38]
NUMBERS = st.sampled_from(EDGES) | st.integers(-(10**38), 10**38) | st.integers(-(10**12), 10**12)


@settings(max_examples=400)
@given(NUMBERS, NUMBERS)
def test_the_operations_of_128_bits_are_exact(a: int, b: int) -> None:
    pair = *words(a), *words(b)
    fits = range(-(2**127), 2**127)
    for name, found in (("plus", a + b), ("moins_128", a - b), ("fois", a * b)):
        if found in fits:
            assert number(called(name, *pair)) == found, name
    assert called("egal", *pair) == (a == b)
    assert called("moins", *pair) == (a < b)
    if b > 0:
        cut = abs(a) // b
        assert number(called("tronque", *pair)) == (cut if a >= 0 else -cut)
        assert number(called("quotient", *words(abs(a)), *words(b))) == cut


def test_nothing_divided_stops_the_module() -> None:
    """What is absent holds any bits: 0 may stand for a divisor that nobody reads."""
    for a in EDGES:
        assert number(called("tronque", *words(a), 0, 0)) == 0


DAYS = st.dates(date(1600, 1, 1), date(2399, 12, 31))


@settings(max_examples=400)
@given(DAYS, st.integers(-40, 900))
def test_thirtieths_are_those_of_the_kernel(first: date, more: int) -> None:
    last = first + timedelta(days=more)
    found = called("trentiemes", first.toordinal() - EPOCH_DAY, last.toordinal() - EPOCH_DAY)
    assert found == thirtieths(first, last)


def test_records_computed_by_blocks_give_the_same() -> None:
    """A block may begin in the middle of a byte of a bitmap."""
    records = [record for record in records_of_cases() if record.day == date(2024, 10, 1)][:300]
    epoch = law().corpus.epoch_number(date(2024, 10, 1))
    module = build(compile_law(law(), [epoch]), alarms=True)
    whole, alerts = module.run(records, [epoch] * len(records))
    parts = module.load(module.columns(records, [epoch] * len(records)), block=7)
    told = [(one.control, one.said, row) for one in parts.compute() for row in one.rows]
    assert sorted(told) == sorted(
        (one.control, one.said, row) for one in alerts for row in one.rows
    )
    assert len(told) > 100
    for place in range(len(records)):
        assert parts.outcomes(place) == whole.outcomes(place)


def test_a_number_of_more_than_64_bits_is_compared_whole(tmp_path: Path) -> None:
    """1 250 euros the whole year, one hundredth more: 1 262.50, and no cent less.

    Before it is rounded, the amount is a count of 1 250 x 2 x 365 x 365 x 360 x 10**6 x 101, which
    is greater than 2**63: its low half alone looks negative.
    """
    rules = copied_rules(tmp_path)
    file = rules / "textes/decret-2015-475.yaml"
    formula = "valeur: taux_imp * part_imp_versee * part_imp_maintenue"
    text = file.read_text(encoding="utf-8")
    assert text.count(formula) == 1
    file.write_text(text.replace(formula, f"{formula} * 1.01"), encoding="utf-8")
    changed, _ = law_of(replace(corpus_folder(rules), shown="regles"))
    assert changed is not None
    found = [
        record for record in records_of_cases()
        if record.day == date(2024, 10, 1) and len(record.lines["missions"]) == 1
        and record.lines["missions"][0].values["taux"] == 1250
        and compute(law(), record).values["imp"] == 1250
    ]  # fmt: skip
    assert found
    epoch = changed.corpus.epoch_number(found[0].day)
    module = build(compile_law(changed, [epoch], asked=Demand(("imp",), controls=False)))
    for outcomes in module.outcomes(found, [epoch] * len(found)):
        assert outcomes["imp"] == Fraction("1262.50")


def test_a_module_that_stops_is_told_as_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopping(layout: Layout) -> str:
        start = "(local.set $i (local.get $premier))"
        text = emit(layout)
        assert text.count(start) == 1
        return text.replace(start, f"(unreachable) {start}")

    monkeypatch.setattr(host, "emit", stopping)
    (record, *_) = records_of_cases()
    epoch = law().corpus.epoch_number(record.day)
    module = build(compile_law(law(), [epoch], asked=Demand(("ors",), controls=False)))
    with pytest.raises(StoppedError):
        module.outcomes([record], [epoch])
