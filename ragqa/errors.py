"""The only exceptions that reach a user: what is wrong and where, and a hint that says what to do."""

from __future__ import annotations


class RagqaError(Exception):
    """Something the user can understand and act on. `hint` is what to do about it."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RagqaError):
    """The request itself makes no sense: an unknown option value, a bad settings file."""

    exit_code = 2


class ParseError(RagqaError):
    """A file cannot be read as the format it claims to be, or not at all."""


class SkippedFile(RagqaError):
    """A file was left out on purpose: empty, too large, or of a format that nothing here reads."""


class IndexMissing(RagqaError):
    """There is no index of that name."""


class DocumentMissing(UsageError):
    """There is no document of that name in the index."""


class IndexMismatch(RagqaError):
    """The index was made with another embedder, chunking or schema than the one asked for."""


class IndexBusy(RagqaError):
    """Another process is writing the index."""


class IndexClosed(RagqaError):
    """The index was closed, or made anew on the disk, since this reader of it was opened; nothing is wrong with what is there."""


class IndexReembedded(IndexClosed):
    """The index has been given another retriever's vectors since this reader of it was opened."""


class IndexReplaced(IndexClosed):
    """The index was removed and made anew on the disk since this reader of it was opened."""


class IndexOvertaken(IndexClosed):
    """Somebody wrote an index while it was read from a folder that only others may write to: it may be of two commits."""


class IndexDamaged(RagqaError):
    """The index on disk does not agree with itself."""


class StorageError(RagqaError):
    """The disk refused: full, read-only or without permission."""


class BackendUnavailable(RagqaError):
    """What an index is searched by, elsewhere, cannot be used now: out of reach, too slow, full, or refusing."""


class BackendLost(BackendUnavailable):
    """What was searched by until now is gone there, as after a restart: to be opened again, and filled where empty."""


class BackendUnusable(BackendUnavailable):
    """What an index is searched by, elsewhere, is not to be used until somebody mends that: no question does."""


class BackendRefused(BackendUnavailable):
    """What an index is searched by, elsewhere, is there and refuses what it was asked."""


class ModelError(RagqaError):
    """A model's folder or name cannot be used."""


class SourceGone(RagqaError):
    """What is watched cannot be looked at now, as a folder that is not there; nothing of it counts as deleted."""


class AlreadyWatched(RagqaError):
    """Another process keeps the index in step."""


class ServerError(RagqaError):
    """A server cannot be reached, does not let who asks in, or says what no ragqa server says."""


class ClusterError(RagqaError):
    """Workers elsewhere cannot be used: their scheduler cannot be reached or was lost, or none of them fits."""
