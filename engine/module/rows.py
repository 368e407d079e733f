"""Lines sorted by record go in; where those of each record begin comes out."""

from __future__ import annotations

from functools import cache
from typing import Final

import wasmtime

_PAGE: Final = 65_536
_LONG: Final = 8  # bytes of a number of a record
_TEXT: Final = """
(module (memory (export "memoire") 1)
  ;; Both lists grow; the end of a record is the first line of a greater one.
  (func (export "fins")
    (param $dossiers i32) (param $n i32) (param $lignes i32) (param $m i32) (param $fins i32)
    (local $i i32) (local $j i32) (local $numero i64)
    (i32.store (local.get $fins) (i32.const 0))
    (block $fini (loop $dossier
      (br_if $fini (i32.ge_u (local.get $i) (local.get $n)))
      (local.set $numero (i64.load
        (i32.add (local.get $dossiers) (i32.shl (local.get $i) (i32.const 3)))))
      (block $passe (loop $ligne
        (br_if $passe (i32.ge_u (local.get $j) (local.get $m)))
        (br_if $passe (i64.gt_s
          (i64.load (i32.add (local.get $lignes) (i32.shl (local.get $j) (i32.const 3))))
          (local.get $numero)))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br $ligne)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (i32.store
        (i32.add (local.get $fins) (i32.shl (local.get $i) (i32.const 2))) (local.get $j))
      (br $dossier)))))
"""


@cache
def _compiled() -> tuple[wasmtime.Engine, wasmtime.Module]:
    engine = wasmtime.Engine()
    return engine, wasmtime.Module(engine, _TEXT)


def ends_of(records: bytes, lines: bytes) -> memoryview:
    """Where the lines of each record begin, then their number.

    Args:
        records: the numbers of the records, 64 bits each, that grow.
        lines: for each line the number of its record, 64 bits, in the same order.

    Returns:
        As many numbers as there are records and one more, 32 bits each.
    """
    engine, module = _compiled()
    store = wasmtime.Store(engine)
    exported = wasmtime.Instance(store, module, []).exports(store)
    memory, function = exported["memoire"], exported["fins"]
    assert isinstance(memory, wasmtime.Memory)  # noqa: S101 - written above
    assert isinstance(function, wasmtime.Func)  # noqa: S101 - written above
    count, at = len(records) // _LONG, len(records) + len(lines)
    size = at + (count + 1) * 4
    lacking = size - memory.data_len(store)
    if lacking > 0:
        memory.grow(store, -(-lacking // _PAGE))
    memory.write(store, records, 0)
    memory.write(store, lines, len(records))
    function(store, 0, count, len(records), len(lines) // _LONG, at)
    return memoryview(memory.read(store, at, size)).cast("i")
