"""Indexes as older versions of the schema had them, made of one of today."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ragqa.paths import DATABASE

_WHOLE_TEXTS = """
CREATE TABLE whole (document_id INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, text TEXT NOT NULL);
INSERT INTO whole SELECT document_id, group_concat(text, '') FROM (SELECT * FROM texts ORDER BY document_id, start)
    GROUP BY document_id;
DROP TABLE texts;
ALTER TABLE whole RENAME TO texts;
DROP TABLE names;
DROP TABLE sections;
DROP INDEX chunks_by_section;
DELETE FROM meta WHERE key = 'named_by';
"""

_NO_VECTORS_FOLLOW = "DROP INDEX embeddings_due; DROP TABLE arrived; DELETE FROM meta WHERE key = 'lacking';"

_NO_METADATA = "DROP TABLE metadata;"

_CHANGES = {6: _NO_METADATA, 5: _WHOLE_TEXTS, 4: _NO_VECTORS_FOLLOW, 3: "ALTER TABLE blocks DROP COLUMN box;"}
"""What makes of an index of the next version one of this."""


def make_older(folder: Path, version: int) -> None:
    """Make of an index one of an older version of the schema."""
    connection = sqlite3.connect(folder / DATABASE, isolation_level=None)
    for older in sorted(_CHANGES, reverse=True):
        if older >= version:
            connection.executescript(_CHANGES[older])
    connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(version),))
    connection.close()
