"""Curves in the terminal, in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence

from textual_plotext import PlotextPlot

Curve = tuple[Sequence[float], Sequence[float], str]
"""x and y of the points, and the curve's name."""


class Plot(PlotextPlot):  # type: ignore[misc]
    """One or more curves under a title."""

    def __init__(self, title: str, x: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title, self._x = title, x

    def on_mount(self) -> None:
        self.draw([])

    def draw(self, curves: Sequence[Curve], marks: Sequence[tuple[float, str]] = ()) -> None:
        """Draw curves anew; `marks` are vertical lines."""
        self.plt.clear_data()
        self.plt.clear_figure()
        self.plt.title(self._title)
        self.plt.xlabel(self._x)
        for x, y, name in curves:
            if len(x):
                self.plt.plot(list(x), list(y), label=name if len(curves) > 1 else None, marker="braille")
        for place, colour in marks:
            self.plt.vline(place, colour)
        self.refresh()
