"""Lets the tests of parsing share their sample files and ways to look at a document."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
