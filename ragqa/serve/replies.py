"""JSON as a server sends it."""

from __future__ import annotations

import json
from typing import Any

from fastapi.responses import JSONResponse


class Reply(JSONResponse):
    """JSON in ASCII: what came from outside may hold halves of characters, which no UTF-8 can say."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()
