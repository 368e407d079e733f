"""A journal of receipts: what is written in it is whole, or not there; it grows without bound."""

from __future__ import annotations

import json
import os
import resource
import shutil
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.recus.keys import read_salt, salt_file
from engine.recus.receipts import (
    GivenFile,
    Journal,
    Made,
    Receipt,
    last_receipt,
    mend,
    read_journal,
    sealed_digest,
)
from engine.source.digests import digest_of

NOW = datetime(2024, 1, 10, 12, tzinfo=UTC)
ZERO = digest_of(b"")


def made(signers: tuple[str, ...] = (), name: str = "entree-1.yaml") -> Made:
    return Made(
        "calculer", {}, (ZERO, "regles"), [GivenFile(name, ZERO, 0, "DUPONT.yaml")],
        {"ensemble": ZERO, "parties": [ZERO]}, {"calcules": 1, "refuses": 0}, signers,
    )  # fmt: skip


def added(path: Path, now: datetime = NOW) -> Receipt:
    receipt, findings = Journal(path).add(made(), lambda: now)
    assert findings == ()
    assert receipt is not None
    return receipt


def refused(path: Path, now: datetime = NOW) -> list[str]:
    """The codes of what keeps a receipt from being added, looked at before and when adding."""
    before = path.read_bytes() if path.is_file() else None
    looked = Journal(path).look(now)
    receipt, findings = Journal(path).add(made(), lambda: now)
    assert receipt is None
    assert [one.code for one in looked] == [one.code for one in findings]
    assert (path.read_bytes() if path.is_file() else None) == before
    return [f"{one.code} {one.span}" for one in findings]


def codes(path: Path, now: datetime = NOW) -> list[str]:
    lines = read_journal(path, "recus.jsonl", now)
    return [f"{one.code} {one.span}" for line in lines for one in line.findings]


@pytest.fixture(name="journal")
def _journal(tmp_path: Path) -> Path:
    """Two receipts."""
    path = tmp_path / "recus.jsonl"
    for _ in range(2):
        added(path)
    return path


def test_receipts_follow_each_other(journal: Path) -> None:
    assert codes(journal) == []
    receipts = [one.receipt for one in read_journal(journal, "recus.jsonl", NOW)]
    assert [one.number for one in receipts if one is not None] == [1, 2]
    assert journal.stat().st_mode & 0o077 == 0
    assert salt_file(journal).stat().st_mode & 0o077 == 0


# --- a line that was written by half


def torn(journal: Path) -> bytes:
    """Half of a third receipt, as a machine that stops leaves it."""
    whole = journal.read_bytes()
    added(journal)
    data = journal.read_bytes()
    half = data[len(whole) : len(whole) + 100]
    journal.write_bytes(whole + half)
    return half


def test_half_a_line_is_told_as_such_and_closes_the_journal(journal: Path) -> None:
    torn(journal)
    assert codes(journal) == ["E541 recus.jsonl:3:1"]
    assert refused(journal) == [f"E541 {journal.as_posix()}:3:1"]
    (found,) = [one for line in read_journal(journal, "x", NOW) for one in line.findings]
    assert "n'a pas été écrit jusqu'au bout" in found.message
    assert "--reparer" in found.hints[0]


def test_a_mended_journal_has_lost_nothing_and_goes_on(journal: Path) -> None:
    whole = journal.read_bytes()
    for number in (1, 2):
        half = torn(journal)
        done, aside, findings = mend(journal)
        assert (done, findings) == ("aside", ())
        assert aside == journal.with_name(f"recus.jsonl.reste-{number}")
        assert aside.read_bytes() == half
        assert aside.stat().st_mode & 0o077 == 0
        assert journal.read_bytes() == whole
    assert mend(journal) == ("nothing", None, ())
    assert added(journal).number == 3
    assert codes(journal) == []


def test_a_receipt_that_lacks_only_its_end_of_line_is_kept(journal: Path) -> None:
    data = journal.read_bytes()
    journal.write_bytes(data[:-1])
    assert codes(journal) == []  # it is whole
    assert refused(journal) == [f"E541 {journal.as_posix()}:2:1"]
    assert mend(journal) == ("ended", None, ())
    assert journal.read_bytes() == data


def test_half_of_the_only_receipt_is_mended(tmp_path: Path) -> None:
    journal = tmp_path / "recus.jsonl"
    journal.write_bytes(b'{"schema":')
    assert mend(journal)[0] == "aside"
    assert journal.read_bytes() == b""
    assert added(journal).number == 1


def test_the_end_of_a_file_that_a_power_cut_filled_with_zeros_is_mended(journal: Path) -> None:
    whole = journal.read_bytes()
    journal.write_bytes(whole + b"\0" * 4096)
    assert codes(journal) == ["E541 recus.jsonl:3:1"]
    assert mend(journal)[0] == "aside"
    assert journal.read_bytes() == whole


@contextmanager
def no_more_than(size: int) -> Iterator[None]:
    """A disk that is full: no file may be larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_journal_as_it_was(journal: Path) -> None:
    before = journal.read_bytes()
    with no_more_than(len(before) + 100):
        receipt, findings = Journal(journal).add(made(), lambda: NOW)
    assert (receipt, [one.code for one in findings]) == (None, ["E550"])
    assert journal.read_bytes() == before
    assert added(journal).number == 3


# --- what closes a journal is told before anything is computed


def test_a_journal_that_is_read_only_is_told_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at as someone whom rights hold back: the tests may run as root."""
    monkeypatch.chdir("/")
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        folder.chmod(0o755)
        path = folder / "recus.jsonl"
        added(path)
        path.chmod(0o444)
        root = os.geteuid() == 0
        if root:
            os.setresuid(65534, 65534, 0)
        try:
            looked = Journal(path).look(NOW)
            beside = Journal(folder / "autre").look(NOW)
        finally:
            if root:
                os.setresuid(0, 0, 0)
        assert [one.code for one in looked] == ["E550"]
        assert [one.code for one in beside] == ["E550"] * root  # a folder of someone else
    finally:
        shutil.rmtree(folder)


def late(path: Path) -> datetime:
    assert path.exists()
    return NOW - timedelta(seconds=1)


def salt_removed(path: Path) -> datetime:
    salt_file(path).unlink()
    return NOW


def salt_changed(path: Path) -> datetime:
    salt_file(path).write_text("0" * 64 + "\n", encoding="utf-8")
    return NOW


def salt_damaged(path: Path) -> datetime:
    salt_file(path).write_text("0" * 63, encoding="utf-8")
    return NOW


@pytest.mark.parametrize(
    ("change", "code"),
    [(late, "E550"), (salt_removed, "E595"), (salt_changed, "E595"), (salt_damaged, "E595")],
)
def test_a_receipt_that_could_not_be_proved_is_not_begun(
    journal: Path, change: Callable[[Path], datetime], code: str
) -> None:
    now = change(journal)
    kept = salt_file(journal).read_bytes() if salt_file(journal).exists() else None
    assert refused(journal, now) == [f"{code} {journal.as_posix()}:1:1"]
    assert (salt_file(journal).read_bytes() if kept is not None else None) == kept


def test_a_file_that_is_no_salt_is_not_written_over(tmp_path: Path) -> None:
    journal = tmp_path / "recus.jsonl"
    salt_file(journal).write_text("autre chose", encoding="utf-8")
    assert [one.code for one in Journal(journal).look(NOW)] == ["E595"]
    receipt, findings = Journal(journal).add(made(), lambda: NOW)
    assert (receipt, [one.code for one in findings]) == (None, ["E595"])
    assert salt_file(journal).read_text(encoding="utf-8") == "autre chose"


def test_a_name_that_no_receipt_can_say_is_told(journal: Path) -> None:
    before = journal.read_bytes()
    for name in ("../x.csv", "/x.csv", "a\\b", "a\nb"):
        receipt, findings = Journal(journal).add(made(name=name), lambda: NOW)
        assert (receipt, [one.code for one in findings]) == (None, ["E550"])
    assert journal.read_bytes() == before


def test_blank_lines_do_not_begin_the_journal_again(journal: Path) -> None:
    with journal.open("ab") as stream:
        stream.write(b"\n  \n\n")
    assert added(journal).number == 3
    assert codes(journal) == []


# --- a journal of years

MEBIBYTE = 2**20


def grown(path: Path, receipt: dict[str, Any], count: int) -> None:
    """A journal of ``count`` more receipts of half a mebibyte, each following the other."""
    with path.open("ab") as stream:
        for _ in range(count):
            number = receipt["numero"] + 1
            receipt = {**receipt, "numero": number, "precedent": receipt["condense"]}
            receipt["condense"] = sealed_digest(receipt)
            stream.write(json.dumps(receipt).encode() + b" " * (MEBIBYTE // 2) + b"\n")


def test_a_journal_of_any_size_is_read_line_by_line_and_added_to(journal: Path) -> None:
    last = json.loads(journal.read_text(encoding="utf-8").splitlines()[-1])
    grown(journal, last, 70)
    assert journal.stat().st_size > 33 * MEBIBYTE
    tracemalloc.start()
    try:
        assert Journal(journal).look(NOW) == ()
        _, looking = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        seen = sum(one.receipt is not None and not one.findings
                   for one in read_journal(journal, "recus.jsonl", NOW))  # fmt: skip
        _, reading = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen == 72
    assert max(looking, reading) < 12 * MEBIBYTE
    assert added(journal).number == 73
    found = last_receipt(journal, "recus.jsonl")
    assert found is not None
    assert (found.number, found.span.line) == (73, 73)


def test_a_line_too_long_to_be_a_receipt_is_told_and_not_kept(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.recus.receipts._LONGEST", 2000)
    with journal.open("ab") as stream:
        stream.write(b"x" * 300_000 + b"\n")
    assert codes(journal) == ["E541 recus.jsonl:3:1"]
    monkeypatch.setattr("engine.recus.receipts._LONGEST", 100)
    assert [line.receipt for line in read_journal(journal, "x", NOW)] == [None] * 3


def test_a_receipt_too_long_to_be_read_again_is_not_written(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = journal.read_bytes()
    monkeypatch.setattr("engine.recus.receipts._LONGEST", 2000)
    receipt, findings = Journal(journal).add(made(("x" * 400,) * 5), lambda: NOW)
    assert (receipt, [one.code for one in findings]) == (None, ["E550"])
    assert "trop de dossiers" in findings[0].message
    assert journal.read_bytes() == before


def test_the_secret_of_a_journal_is_made_once(journal: Path) -> None:
    first = read_salt(salt_file(journal))
    added(journal)
    assert first is not None
    assert read_salt(salt_file(journal)) == first
    assert first.veil(1) != first.veil(2)
