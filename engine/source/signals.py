"""A signal asks the program to stop; it does at once, or at the end of what must not be cut.

Python answers a signal wherever the main thread is: between the birth of a temporary file and the
note of its name, or inside a lock of a library that then breaks with an error of its own. What must
be done whole is done ``uncut``; and once a stop was ``asked`` for, an error that comes out is that
of the stop, whatever its name.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

_STOPS: Final = ("SIGINT", "SIGTERM", "SIGHUP")  # some systems do not have the last one
_SOON: Final = 10  # milliseconds


@dataclass(slots=True)
class _Stop:
    """What the signals of this process have asked: they are its own, and so is this."""

    number: int | None = None  # the first one
    blocks: int = 0  # ``uncut`` that are under way, one in the other
    late: bool = False  # a signal came meanwhile


_STOP: Final = _Stop()


def obey() -> None:
    """Have signals raise ``KeyboardInterrupt``, but those that who started the program ignores."""
    for one in _known():
        if signal.getsignal(one) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(one, _obey)


def over() -> None:
    """Have them do nothing any more: the command is over, the rest is put away."""
    for one in _known():
        if signal.getsignal(one) is _obey:
            signal.signal(one, signal.SIG_IGN)


def asked() -> bool:
    """Whether a signal has asked the program to stop."""
    return _STOP.number is not None


def exit_code() -> int:
    """What a shell says of a program that was stopped: 128 and the signal; else that of Ctrl-C."""
    return 128 + (_STOP.number or signal.SIGINT)


@contextmanager
def uncut() -> Iterator[None]:
    """A signal that comes in this block is obeyed at its end.

    The block is short: nothing in it waits for what may never come.
    """
    if threading.current_thread() is not threading.main_thread():  # no signal is obeyed there
        yield
        return
    _STOP.blocks += 1
    try:
        yield
    finally:
        _STOP.blocks -= 1
        if _STOP.late and not _STOP.blocks:
            _STOP.late = False
            raise KeyboardInterrupt


def again() -> None:
    """A stop was raised where Python lets nothing out, as when an object ends: raise it soon."""
    if _STOP.number is not None:
        later = threading.Timer(_SOON / 1000, _to_the_main_thread, (_STOP.number,))
        later.daemon = True
        later.start()


def _to_the_main_thread(number: int) -> None:
    """It is told there, where a wait of the system is then cut: nowhere else would it be."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:
        signal.raise_signal(number)


def _known() -> list[signal.Signals]:
    return [signal.Signals[name] for name in _STOPS if name in signal.Signals.__members__]


def _obey(number: int, _frame: FrameType | None) -> None:
    _STOP.number = _STOP.number or number
    _STOP.late = _STOP.blocks > 0
    if not _STOP.late:
        raise KeyboardInterrupt
