"""A report goes in, a terminal shows it, at its width and in its styles."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from engine.reponse.report import Report
from engine.reponse.text import styled_lines
from engine.source.terminal import harmless


class _Screen(Console):
    """A console whose texts never drive the terminal: only its own styles do."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """The pieces to write, what could drive a terminal written out."""
        for piece in super().render(renderable, options):
            yield piece if piece.control else piece._replace(text=harmless(piece.text))


def print_report(report: Report) -> None:
    """Print a report on the terminal that is the standard output."""
    screen = _Screen(highlight=False, markup=False, emoji=False)
    for line in styled_lines(report, screen.width):
        screen.print(Text.assemble(*line), soft_wrap=True)
