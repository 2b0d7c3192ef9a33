"""Who is let in: the rule by itself; tests/unit/tui/test_web.py asks a real server the same."""

from __future__ import annotations

import pytest

from ragqa.gate import NO_SECRET, WRONG_HOST, WRONG_ORIGIN, Gate, Incoming, host_and_port, is_loopback

GATE = Gate.of("127.0.0.1", 8017)
OURS = "127.0.0.1:8017"

FOREIGN_HOSTS = [
    None, "", "evil.example", "evil.example:8017", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8018", "127.0.0.1:",
    "127.0.0.1:08017", "127.0.0.1:8017:8017", "127.0.0.1:8017@evil.example", "user@127.0.0.1:8017",
    "user:pass@127.0.0.1:8017", " 127.0.0.1:8017", "127.0.0.1:8017 ", "127.0.0.1:8017\n", "127.0.0.1:8017, evil.example",
    "127.0.0.1.evil.example:8017", "localhost.evil.example:8017", "evil.example.localhost:8017", "localhost.:8017",
    "127.0.0.1.:8017", "127.0.0.2:8017", "127.1:8017", "0x7f.0.0.1:8017", "0.0.0.0:8017", "2130706433:8017",
    "[::ffff:127.0.0.1]:8017", "[127.0.0.1]:8017", "::1:8017", "[::1:8017", "[fe80::1]:8017", "192.168.0.2:8017",
    "l\u043ecalhost:8017", "\u0661\u0662\u0667.0.0.1:8017", "127.0.0.1:\u0668017", "http://127.0.0.1:8017", "127.0.0.1:8017/",
    "*",
]  # fmt: skip
FOREIGN_ORIGINS = [
    "", "null", "http://evil.example", "http://evil.example:8017", "https://127.0.0.1:8017", "http://127.0.0.1", "http://127.0.0.1:80",
    "http://127.0.0.1:9999", "http://localhost:8017", "http://[::1]:8017", "http://127.0.0.1:8017.evil.example",
    "http://127.0.0.1:8017/", "http://127.0.0.1:8017@evil.example", "http://user@127.0.0.1:8017", "ws://127.0.0.1:8017", "file://",
    "127.0.0.1:8017", "http://127.0.0.1:8017 http://evil.example", "chrome-extension://127.0.0.1:8017",
]  # fmt: skip


@pytest.mark.parametrize("host", [OURS, "localhost:8017", "LocalHost:8017", "[::1]:8017"])
def test_our_own_page_is_let_in(host: str) -> None:
    for origin in (None, f"http://{host}", f"http://{host}".lower()):
        assert GATE.refusal(Incoming(host, origin, token=GATE.token)) is None
        assert GATE.refusal(Incoming(host, origin, cookie=GATE.cookie)) is None
    assert GATE.refusal(Incoming(host, f"http://{host}", cookie=GATE.cookie, acts=True)) is None


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_name_that_leads_here_is_not_ours(host: str | None) -> None:
    """Also with the secrets: a name of a stranger may lead to this machine (DNS rebinding)."""
    for origin in (None, f"http://{host}", f"http://{OURS}"):
        assert GATE.refusal(Incoming(host, origin, GATE.token, GATE.cookie)) is WRONG_HOST


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
@pytest.mark.parametrize("acts", [False, True])
def test_a_page_of_another_origin_is_refused_with_whatever_it_has(origin: str, acts: bool) -> None:
    assert GATE.refusal(Incoming(OURS, origin, GATE.token, GATE.cookie, acts)) is WRONG_ORIGIN
    assert GATE.refusal(Incoming(OURS, origin, None, GATE.cookie, acts)) is WRONG_ORIGIN


@pytest.mark.parametrize("wrong", ["", "x", GATE.token[:-1], GATE.token + "x", GATE.token.swapcase(), GATE.cookie, "\udcff", "é"])
def test_without_the_secret_nobody_is_let_in(wrong: str) -> None:
    assert GATE.refusal(Incoming(OURS)) is NO_SECRET
    assert GATE.refusal(Incoming(OURS, token=wrong)) is NO_SECRET
    assert GATE.refusal(Incoming(OURS, token=wrong, cookie=GATE.cookie)) is NO_SECRET
    if wrong != GATE.cookie:
        assert GATE.refusal(Incoming(OURS, cookie=wrong)) is NO_SECRET
    assert GATE.refusal(Incoming(OURS, cookie=GATE.token)) is NO_SECRET


def test_a_cookie_alone_does_nothing_but_read() -> None:
    """A browser adds it of its own accord, and names the page that asks; a program that shows the token need not."""
    assert GATE.refusal(Incoming(OURS, cookie=GATE.cookie, acts=True)) is WRONG_ORIGIN
    assert GATE.refusal(Incoming(OURS, token=GATE.token, acts=True)) is None


def test_secrets_are_new_each_time_and_do_not_show() -> None:
    other = Gate.of("127.0.0.1", 8017)
    assert len({GATE.token, GATE.cookie, other.token, other.cookie}) == 4
    assert min(len(GATE.token), len(GATE.cookie)) >= 43  # 256 bits
    assert GATE.token not in repr(GATE) and GATE.cookie not in repr(GATE)


def test_on_every_interface_any_address_is_ours_and_no_foreign_name() -> None:
    gate = Gate.of("0.0.0.0", 8017)
    for host in ("192.168.0.2:8017", "[fe80::1]:8017", "localhost:8017"):
        assert gate.refusal(Incoming(host, token=gate.token)) is None
    for host in ("evil.example:8017", "0.0.0.0.evil.example:8017", "192.168.0.2:80", "192.168.0.2"):
        assert gate.refusal(Incoming(host, token=gate.token)) is WRONG_HOST


def test_a_named_host_is_reached_by_its_name_and_address_alone() -> None:
    gate = Gate.of("Manuals.Shop.example", 80)
    assert gate.refusal(Incoming("manuals.shop.example", token=gate.token)) is None
    assert gate.refusal(Incoming("192.168.0.2", token=gate.token)) is WRONG_HOST


def test_hosts_are_taken_apart_plainly_or_not_at_all() -> None:
    assert host_and_port("LOCALHOST") == ("localhost", 80)
    assert host_and_port("[2001:db8::1]:443") == ("2001:db8::1", 443)
    assert host_and_port("a b") is host_and_port("a:b") is host_and_port("a:123456") is None


def test_what_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.0.1", "::1", "localhost", "LOCALHOST")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.0.2", "localhost.evil.example", "")))
