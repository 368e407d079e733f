"""Pieces of work go in, done several at a time on connections of their own; results come out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import Final, TypeVar

import duckdb

from engine.source.signals import uncut
from engine.sql.duck import another

Piece = TypeVar("Piece")
Worker = TypeVar("Worker")
Made = TypeVar("Made")

_AGAIN: Final = 50  # milliseconds: a query that begins once it is interrupted is not stopped


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

    given: set[Future[Made]] = set()  # those whose end is not told yet
    # Not ``as_completed``: a signal in the middle of its locks would leave one that a thread waits
    # for. Nor may one come while a thread starts: the pool would not know it, nor wait for its end.
    ended: SimpleQueue[Future[Made]] = SimpleQueue()
    with ThreadPoolExecutor(max(1, len(links))) as pool:
        try:
            with uncut():
                for piece in waiting:
                    one = pool.submit(one_more, piece)
                    given.add(one)
                    one.add_done_callback(ended.put)
            while given:
                one = ended.get()
                given.remove(one)
                yield one.result()
        finally:
            with uncut():
                under_way = [each for each in given if not each.cancel()]
                while not all(each.done() for each in under_way):
                    for link in links:
                        link.interrupt()
                    wait(under_way, timeout=_AGAIN / 1000)
    for link in links:
        link.close()
