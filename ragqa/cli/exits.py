"""The exit codes of every command; 0 is done or answered."""

from __future__ import annotations

EXIT_FAILED, EXIT_USAGE, EXIT_ABSTAINED, EXIT_INTERRUPTED = 1, 2, 3, 130
