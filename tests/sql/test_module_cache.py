"""A second campaign compiles nothing, and gives what the first one gave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import platformdirs
import pytest

from engine.evaluation.compilation.build import Demand, compile_law
from engine.module import host
from engine.sql import campaign
from engine.sql.campaign import CHUNK, Settings
from engine.sql.runs import Request, run_campaign
from tests.sql.tables import bakery, write_orders

RESULTS = ("montant_brut", "remise", "total")
TABLES = ("anomalies", "rejets", "resultats")


def quiet(_done: int, _all: int) -> None:
    pass


def campaign_of(source: Path, output: Path, wanted: tuple[str, ...] = RESULTS) -> None:
    request = Request(source, output, wanted, chunk=1, threads=2)
    manifest, findings = run_campaign(bakery(), request, quiet)
    assert findings == ()
    assert manifest is not None


@pytest.fixture(name="cache", autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return platformdirs.user_cache_path("reglo")


@pytest.fixture(name="plans")
def _plans(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was asked each time that the law was compiled."""
    asked: list[object] = []

    def counted(*words: object, **named: object) -> object:
        what = named["asked"]
        assert isinstance(what, Demand)
        asked.append(what.wanted)
        return compile_law(*words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(host, "compile_law", counted)
    return asked


def rows(folder: Path) -> Iterator[list[tuple[object, ...]]]:
    with duckdb.connect() as connection:
        for table in TABLES:
            yield connection.execute(f"FROM '{folder}/{table}.parquet' ORDER BY ALL").fetchall()


def test_a_second_campaign_compiles_nothing(tmp_path: Path, plans: list[object]) -> None:
    source = write_orders(tmp_path / "commandes.jsonl")
    campaign_of(source, tmp_path / "une")
    assert plans == [RESULTS]
    campaign_of(source, tmp_path / "deux")
    assert plans == [RESULTS]
    assert list(rows(tmp_path / "une")) == list(rows(tmp_path / "deux"))
    assert all(rows(tmp_path / "deux"))


def test_another_question_is_compiled(tmp_path: Path, plans: list[object]) -> None:
    source = write_orders(tmp_path / "commandes.jsonl")
    campaign_of(source, tmp_path / "une")
    campaign_of(source, tmp_path / "deux", RESULTS[:1])
    assert plans == [RESULTS, RESULTS[:1]]
    orders = source.read_text(encoding="utf-8").replace("C-", "D-").replace("600", "700")
    other = tmp_path / "autres.jsonl"
    other.write_text(orders, encoding="utf-8")
    campaign_of(other, tmp_path / "trois")
    assert plans == [RESULTS, RESULTS[:1]]


def test_a_damaged_cache_is_written_again(tmp_path: Path, cache: Path, plans: list[object]) -> None:
    source = write_orders(tmp_path / "commandes.jsonl")
    campaign_of(source, tmp_path / "une")
    (kept,) = cache.glob("*.module")
    content = kept.read_bytes()
    kept.write_bytes(content[:-1])
    campaign_of(source, tmp_path / "deux")
    assert len(plans) == 2
    assert kept.read_bytes() == content
    assert list(rows(tmp_path / "une")) == list(rows(tmp_path / "deux"))


# --- what a run may use


@pytest.mark.parametrize(
    ("memory", "threads", "chunk", "expected"),
    [
        (None, 4, CHUNK, (1000, 4)),
        (None, 4, CHUNK * 3, (3000, 4)),
        (None, 4, 1000, (1000, 4)),
        (2000, 4, CHUNK, (2000, 4)),
        (500, 4, CHUNK, (500, 2)),
        (150, 4, CHUNK, (150, 1)),
        (900, 4, CHUNK * 3, (900, 1)),
    ],
)
def test_ranges_are_computed_together_as_far_as_the_memory_goes(
    memory: int | None, threads: int, chunk: int, expected: tuple[int, int]
) -> None:
    settings = Settings(None, {}, chunk, memory, threads)
    with campaign.open_database(settings, "") as link:
        assert campaign.means(link, settings) == expected
