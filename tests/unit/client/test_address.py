from __future__ import annotations

import pytest

from ragqa.client.address import Address
from ragqa.errors import UsageError


@pytest.mark.parametrize(
    ("url", "base", "index"),
    [
        ("http://127.0.0.1:8321", "http://127.0.0.1:8321", None),
        ("http://127.0.0.1:8321/", "http://127.0.0.1:8321", None),
        (" HTTPS://Manuals.example.org/ragqa/#espresso", "https://manuals.example.org/ragqa", "espresso"),
        ("http://[::1]:8321", "http://[::1]:8321", None),
    ],
)
def test_addresses(url: str, base: str, index: str | None) -> None:
    assert Address.of(url) == Address(base, index)


@pytest.mark.parametrize(
    "url",
    [
        "", "manuals", "127.0.0.1:8321", "ftp://x", "http://", "http://a b", "http://x:99999", "http://x:y", "http://x/?q=1", "http://x/../y",
        "http://x/a%2e%2e/b", "http://x//y", "http://x#../y", "http://[", "http://-x", "http://exämple", "http://x\r\nHost: y",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Address.of(url)


def test_a_secret_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="no secrets") as told:
        Address.of("http://user:geheim@host")
    assert "geheim" not in f"{told.value.message}{told.value.hint}"


def test_nothing_leads_out_of_the_base() -> None:
    assert (
        Address.of("http://x/ragqa").below("v1", "documents", "../..//y?z#")
        == "http://x/ragqa/v1/documents/..%2F..%2F%2Fy%3Fz%23"
    )


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("http://127.0.0.1:1", False),
        ("http://localhost", False),
        ("http://[::1]", False),
        ("https://x", False),
        ("http://x", True),
    ],
)
def test_who_can_overhear(url: str, is_open: bool) -> None:
    assert Address.of(url).is_open is is_open
