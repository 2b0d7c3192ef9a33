"""The file that a document was read from, as long as it is still that file: nothing else of the disk is ever given away."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from typing import IO

from ragqa.errors import UsageError
from ragqa.indexing.index import StoredDocument
from ragqa.serve.refusals import Changed

IN_MEMORY = 8 << 20
"""Bytes up to which a copy is held in memory, and not on the disk."""

PIECE = 1 << 20


def original(document: StoredDocument) -> IO[bytes]:
    """A copy of the file that a document was read from, to be closed by who asked. Raises Changed where the file is gone or is
    not, byte by byte, what was ingested; UsageError where only an imported index says where it is."""
    if document.is_foreign:
        raise UsageError(f"{document.path} came with an imported index, whose files are not followed")
    changed = Changed(f"the file of {document.path} is not there any more as it was ingested", hint="Ingest it again.")
    try:
        handle = os.open(document.source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise changed from error
    with os.fdopen(handle, "rb") as source:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size != document.size:
            raise changed
        copy = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # who asked closes it
        digest = hashlib.sha256()
        try:
            while piece := source.read(PIECE):
                digest.update(piece)
                copy.write(piece)
            if digest.hexdigest() != document.sha256:
                raise changed
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
    return copy
