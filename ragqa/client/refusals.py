"""What cannot be done from afar, told as such."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ragqa.engine import RagQA
from ragqa.errors import UsageError

if TYPE_CHECKING:
    from ragqa.answering.asker import Asker
    from ragqa.answering.readers import Reader
    from ragqa.indexing.index import Index
    from ragqa.inference.embedder import Embedder

HINT = "Do it on the machine that serves, where the index is; or leave --server and RAGQA_SERVER out."


def refused(told: str) -> UsageError:
    """The error that says what a server does not do for others."""
    return UsageError(f"this engine works on a server: {told}", hint=HINT)


def refusal(told: str) -> Callable[..., NoReturn]:
    """A method that only says what a server does not do for others."""

    def refuse(self: object, *_: Any, **__: Any) -> NoReturn:
        raise refused(told)

    refuse.__doc__ = f"Refused, with UsageError: {told}."
    return refuse


class NotThere(RagQA):
    """Everything of RagQA that a server does not do for others: it raises UsageError. Safe for threads."""

    _TRAINING = "nothing is trained from afar"
    _FILES = "its index is not a folder of this machine"

    check = refusal("golden questions are checked beside the index, which keeps what they got before")
    compare = refusal("it reads with its own reader only")
    triplets = plan_training = finetune = load_base = refusal(_TRAINING)
    plan_teaching = teach_retriever = refusal(_TRAINING)
    use_reader = refusal("its reader is chosen there, by `ragqa model use`")
    retriever_names = use_retriever = refusal("its retriever is chosen there, by `ragqa model use --retriever`")
    uploaded = follow = verify = rebuild = refill = move = remove = export = refusal(_FILES)

    def refresh_reader(self) -> None:
        """Nothing: the server sees for itself which reader answers."""

    @property
    def reader_name(self) -> str:
        """Refused: the name would be one of the server's machine."""
        raise refused("its reader is chosen there, by `ragqa model use`")

    @property
    def threshold(self) -> float:
        """Refused where none was given: the server's own comes with every response."""
        given = self.settings.ask.threshold
        if given is None:
            raise refused("its threshold comes with every response")
        return given

    @property
    def folder(self) -> Path:  # type: ignore[override]
        """Refused."""
        raise refused(self._FILES)

    @property
    def opened(self) -> Index:
        """Refused."""
        raise refused(self._FILES)

    @property
    def asker(self) -> Asker:
        """Refused."""
        raise refused(self._FILES)

    @property
    def embedder(self) -> Embedder:
        """Refused."""
        raise refused("its models are not on this machine")

    @property
    def reader(self) -> Reader:
        """Refused."""
        raise refused("its models are not on this machine")
