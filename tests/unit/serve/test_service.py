"""The engines of a server, which many use at once while others take their places."""

from __future__ import annotations

from ragqa.config import Settings
from ragqa.engine import RagQA
from ragqa.indexing.index import StoredDocument
from ragqa.serve.service import Service


def test_who_begins_again_does_not_disturb_who_has_begun_again(served: Settings) -> None:
    """An index that is let go of interrupts all who read in it; if each of them then closed what it finds open, the first would
    be interrupted by the second, and soon nobody would get to an end."""
    service = Service(served)
    closed = service.engine().opened
    with service._lock:
        service._let_go("shelf")
    first, second = [], []

    def of_the_second(engine: RagQA) -> StoredDocument | None:
        second.append(engine)
        return (closed if len(second) == 1 else engine.opened).document(1)

    def of_the_first(engine: RagQA) -> StoredDocument | None:
        first.append(engine)
        opened = engine.opened
        assert service._lasting(service.engine, of_the_second) is not None
        return opened.document(1)

    assert service._lasting(service.engine, of_the_first) is not None
    assert (len(first), len(second)) == (1, 2)
    service.close()
