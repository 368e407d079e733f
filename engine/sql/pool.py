"""Pieces of work go in, done several at a time on connections of their own; results come out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue
from typing import TypeVar

import duckdb

from engine.sql.duck import another

Piece = TypeVar("Piece")
Worker = TypeVar("Worker")
Made = TypeVar("Made")


def side_by_side(
    connection: duckdb.DuckDBPyConnection,
    most: int,
    waiting: Sequence[Piece],
    make: Callable[[duckdb.DuckDBPyConnection], Worker],
    work: Callable[[Worker, Piece], Made],
) -> Generator[Made]:
    """What ``work`` makes of each piece, in the order in which they end.

    Closed before its end, or stopped by an error, it interrupts what is under way.

    Args:
        connection: the database.
        most: how many pieces are worked on at a time.
        waiting: the pieces.
        make: a worker of a connection, which keeps it for several pieces.
        work: what is done of one piece.
    """
    links = [another(connection) for _ in range(min(most, len(waiting)))]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for link in links:
        idle.put(make(link))

    def one_more(piece: Piece) -> Made:
        worker = idle.get()
        try:
            return work(worker, piece)
        finally:
            idle.put(worker)

    with ThreadPoolExecutor(max(1, len(links))) as pool:
        try:
            for done in as_completed([pool.submit(one_more, piece) for piece in waiting]):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for link in links:
                link.interrupt()
    for link in links:
        link.close()
