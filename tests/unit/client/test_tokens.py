from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.client.tokens import token_of
from ragqa.errors import UsageError


def test_a_file_goes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAGQA_TOKEN", raising=False)
    assert token_of() is None
    monkeypatch.setenv("RAGQA_TOKEN", " from-environment ")
    assert token_of() == "from-environment"
    file = tmp_path / "token"
    file.write_text("# of the shop\n\nread from-file\nmanage other\n")
    assert token_of(file) == "from-file"


@pytest.mark.parametrize("content", [b"", b"# only\n", b"\xff\xfe", "tökën".encode(), b"a\x00b"])
def test_a_file_without_a_token_is_told_without_repeating_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(UsageError, match="token") as told:
        token_of(tmp_path / "token")
    assert "tökën" not in told.value.message
    with pytest.raises(UsageError, match="cannot be read"):
        token_of(tmp_path / "none")
