"""The app's own colours; Textual's themes are there too."""

from __future__ import annotations

from textual.theme import Theme

THEMES = (
    Theme(
        name="ragqa-dark", dark=True, primary="#5fa8d3", secondary="#62b6cb", accent="#f2b84b", success="#7fbf7f",
        warning="#f2b84b", error="#e5686a", foreground="#e6e9ec", background="#12171c", surface="#181f26", panel="#222b34",
    ),
    Theme(
        name="ragqa-light", dark=False, primary="#17638f", secondary="#2a7f8e", accent="#a35f00", success="#2d7a2d",
        warning="#9a5b00", error="#b3261e", foreground="#1b1f23", background="#fafbfc", surface="#f0f3f5", panel="#e1e7eb",
    ),
    Theme(
        name="high-contrast", dark=True, primary="#00e5ff", secondary="#ffff00", accent="#ffff00", success="#00ff00",
        warning="#ffff00", error="#ff6060", foreground="#ffffff", background="#000000", surface="#000000", panel="#1a1a1a",
        luminosity_spread=0.25, text_alpha=1.0,
    ),
)  # fmt: skip
