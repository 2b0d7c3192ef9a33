from __future__ import annotations

import pytest

from ragqa import errors
from ragqa.errors import RagqaError, UsageError

KINDS = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, RagqaError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_message_hint_and_exit_code(kind: type[RagqaError]) -> None:
    error = kind("wrong", hint="do this")
    assert (str(error), error.message, error.hint) == ("wrong", "wrong", "do this")
    assert error.exit_code == (2 if issubclass(kind, UsageError) else 1)
    assert kind("wrong").hint == ""
