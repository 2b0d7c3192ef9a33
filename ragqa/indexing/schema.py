"""The tables of an index's database."""

from __future__ import annotations

SCHEMA_VERSION = 7

BOXES_SINCE = 4
"""The version whose blocks first know their boxes."""

VECTORS_FOLLOW_SINCE = 5
"""The version whose chunks may first be there before their vectors."""

KEYS_SINCE = 6
"""The version that first has texts in pieces, and the tables of names and sections."""

METADATA_SINCE = 7
"""The version whose documents first have metadata."""

READABLE_VERSIONS = (3, 4, 5, 6, SCHEMA_VERSION)
"""Those that can be read as they are; the first writer brings an older one up to date: see upgrade.py."""

VECTORS_FOLLOW = (
    "CREATE INDEX IF NOT EXISTS embeddings_due ON embeddings (hash) WHERE vector = x''",
    "CREATE TABLE IF NOT EXISTS arrived (chunk INTEGER PRIMARY KEY, generation INTEGER NOT NULL)",
)
"""What finds the texts whose vectors are still to be made; and the chunks whose vectors came later than they did, with the
generation that brought them: the derived files may not have these yet."""

TEXTS = """
CREATE TABLE texts (                  -- in pieces: see texts.py
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL,           -- of the piece, in characters of the document's text
    text TEXT NOT NULL,
    PRIMARY KEY (document_id, start)
);
"""

KEYS = """
CREATE TABLE names (                  -- what documents are called: see keys.py
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    PRIMARY KEY (kind, name, document_id)
) WITHOUT ROWID;
CREATE INDEX names_by_document ON names (document_id);
CREATE TABLE sections (               -- the distinct heading paths of chunks
    section TEXT PRIMARY KEY,         -- as chunks have it
    folded TEXT NOT NULL              -- case-folded, without JSON's signs
) WITHOUT ROWID;
CREATE INDEX chunks_by_section ON chunks (section);
"""

METADATA = """
CREATE TABLE metadata (               -- what documents are labelled with: see metadata.py
    key TEXT NOT NULL,
    folded TEXT NOT NULL,             -- the value as it is looked for
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    value TEXT NOT NULL,
    PRIMARY KEY (key, folded, document_id)
) WITHOUT ROWID;
CREATE INDEX metadata_by_document ON metadata (document_id);
"""

SCHEMA = (
    """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source BLOB NOT NULL UNIQUE,      -- absolute path as the operating system spells it
    path TEXT NOT NULL UNIQUE,        -- as users see it: relative to the ingested folder
    title TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    parser TEXT NOT NULL,             -- name and version
    pages INTEGER,
    language TEXT NOT NULL,           -- ISO 639-1 code; its analyser made the terms of the document's chunks
    characters INTEGER NOT NULL,
    warnings TEXT NOT NULL,           -- JSON list
    ingested_at TEXT NOT NULL
);
CREATE INDEX documents_by_hash ON documents (sha256);
CREATE INDEX documents_by_language ON documents (language);
CREATE TABLE blocks (
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    kind TEXT NOT NULL,
    section TEXT NOT NULL,            -- JSON list of headings
    levels TEXT NOT NULL,             -- JSON list of their levels
    page INTEGER,
    "group" INTEGER NOT NULL,
    box TEXT,                         -- JSON list; none where the format, or the version that read the file, does not tell it
    PRIMARY KEY (document_id, start)
) WITHOUT ROWID;
CREATE TABLE embeddings (
    hash BLOB PRIMARY KEY,            -- of the very text that was embedded
    vector BLOB NOT NULL              -- float16, normalised; empty while it is still to be made
) WITHOUT ROWID;
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    text TEXT NOT NULL,
    section TEXT NOT NULL,
    page_first INTEGER,
    page_last INTEGER,
    embedding BLOB NOT NULL REFERENCES embeddings (hash)
);
CREATE TABLE removed (id INTEGER PRIMARY KEY);    -- chunks that are gone, but may still be in the derived files
CREATE INDEX chunks_by_document ON chunks (document_id, start);
CREATE INDEX chunks_by_embedding ON chunks (embedding);
CREATE TABLE lexical (
    id INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE,
    length INTEGER NOT NULL,          -- terms of title, heading path and text
    terms BLOB NOT NULL               -- see postings.encode_terms
);
"""
    + TEXTS
    + KEYS
    + METADATA
    + ";\n".join(VECTORS_FOLLOW)
)

SPARE_EMBEDDINGS = """
CREATE TABLE IF NOT EXISTS spare_embeddings (
    fingerprint TEXT NOT NULL,        -- of the embedder: the one that the index goes over to, or the one it had before
    hash BLOB NOT NULL,               -- as in embeddings
    vector BLOB NOT NULL,
    PRIMARY KEY (fingerprint, hash)
) WITHOUT ROWID;
"""
"""Made when an index first goes over to another embedder."""
