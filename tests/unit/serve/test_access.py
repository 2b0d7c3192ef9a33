"""Who may do what: hosts, origins, tokens, roles and sessions; each rule broken once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from fastapi import Response
from serve_clients import HOST, KEYS, token

from ragqa.config import ServeSettings
from ragqa.errors import UsageError
from ragqa.serve import access as module
from ragqa.serve.access import COOKIE, Access, Key, Keys, read_keys
from ragqa.serve.refusals import NoToken

ASK = {"question": "How many litres?"}


def status(client: Any, method: str = "GET", path: str = "/v1/indexes", **options: Any) -> int:
    return int(client.request(method, path, **options).status_code)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 200),
        ({"Host": "localhost:8321"}, 200),
        ({"Host": "[::1]:8321"}, 200),
        ({"Host": "evil.example:8321"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": f"http://{HOST}"}, 200),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
    ],
)
def test_hosts_and_origins(client: Any, headers: dict[str, str], expected: int) -> None:
    assert status(client, headers=headers) == expected
    assert status(client, "POST", "/v1/ask", headers=headers, json=ASK) == expected


def test_two_hosts_are_none(client: Any) -> None:
    assert status(client, headers=[("Host", HOST), ("Host", "evil.example")]) == 403


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/nowhere"])
def test_strangers_are_refused_everywhere(client: Any, path: str) -> None:
    assert status(client, path=path, headers={"Host": "evil.example"}) == 403


def test_a_form_of_another_page_asks_nothing(client: Any) -> None:
    """What a page can send anywhere without being asked first is no JSON, and names its origin."""
    assert status(client, "POST", "/v1/ask", content='{"question": "x"}', headers={"Content-Type": "text/plain"}) == 422


def test_the_name_of_a_proxy(serve: Any) -> None:
    client = serve(keys=True, names=("manuals.example",))
    known = {"Host": "manuals.example", **token("read")}
    assert status(client, headers=known) == 200
    assert status(client, headers={**known, "Origin": "https://manuals.example"}) == 200
    assert status(client, headers={**known, "Origin": "https://evil.example"}) == 403
    assert status(client, headers={**known, "Host": "manuals.example:1"}) == 403


@pytest.mark.parametrize(
    ("role", "reads", "judges", "manages"),
    [("read", 200, 403, 403), ("judge", 200, 200, 403), ("manage", 200, 200, 404), (None, 401, 401, 401)],
)
def test_roles(serve: Any, role: str | None, reads: int, judges: int, manages: int) -> None:
    client = serve(keys=True)
    headers = token(role) if role else {}
    assert status(client, headers=headers) == reads
    assert status(client, "POST", "/v1/ask", headers=headers, json=ASK) == reads
    assert status(client, path="/metrics", headers=headers) == reads
    assert status(client, path="/v1/feedback", headers=headers) == judges
    assert status(client, "DELETE", "/v1/documents/999", headers=headers) == manages
    assert status(client, path="/healthz") == 200


@pytest.mark.parametrize("given", ["Bearer", "Bearer ", "Bearer x", "Basic " + KEYS["read"], KEYS["read"], "Bearer é"])
def test_what_is_no_token(serve: Any, given: str) -> None:
    response = serve(keys=True).get("/v1/indexes", headers={"Authorization": given.encode()})
    assert response.status_code == 401 and response.headers["WWW-Authenticate"].startswith("Bearer")
    assert KEYS["read"] not in response.text


def test_a_session_is_a_tokens(serve: Any) -> None:
    client = serve(keys=True)
    access: Access = client.app.state.access
    response = Response()
    access.log_in(KEYS["judge"], response)
    set_cookie = response.headers["set-cookie"]
    assert "HttpOnly" in set_cookie and "SameSite=strict" in set_cookie and KEYS["judge"] not in set_cookie
    cookie = {"Cookie": set_cookie.partition(";")[0]}
    assert status(client, headers=cookie) == 200
    assert status(client, "POST", "/v1/ask", headers=cookie, json=ASK) == 403  # a browser would name its origin
    assert status(client, "POST", "/v1/ask", headers={**cookie, "Origin": f"http://{HOST}"}, json=ASK) == 200
    assert status(client, "DELETE", "/v1/documents/999", headers={**cookie, "Origin": f"http://{HOST}"}) == 403
    assert status(client, headers={"Cookie": f"{COOKIE}={'0' * 64}"}) == 401
    with pytest.raises(NoToken):
        access.log_in("wrong", Response())


def test_a_file_that_changes_holds_at_once(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# support\nread {KEYS['read']}\n\n{KEYS['manage']}\n")
    keys = Keys(file=file)
    assert [key.role.name for key in keys.all()] == ["READ", "MANAGE"]
    file.write_text(f"judge {KEYS['judge']}\n")
    assert keys.of_token(KEYS["read"]) is None
    judge = keys.of_token(KEYS["judge"])
    assert judge is not None and judge.role.name == "JUDGE"
    file.write_text("nonsense of four words\n")
    assert keys.of_token(KEYS["judge"]) is judge  # holds until it is mended
    file.unlink()
    assert keys.of_token(KEYS["judge"]) is judge


def test_a_file_that_changes_while_it_is_first_read_holds_at_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"{KEYS['read']}\n")

    def rotated(path: Path) -> tuple[Key, ...]:
        monkeypatch.undo()
        found = read_keys(path)
        file.write_text(f"{KEYS['manage']}\n")
        return found

    monkeypatch.setattr(module, "read_keys", rotated)
    keys = Keys(file=file)
    assert keys.of_token(KEYS["manage"]) and keys.of_token(KEYS["read"]) is None


def test_a_file_that_may_be_read_at_last_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was put in its place before its owner was set."""
    file = tmp_path / "tokens"
    file.write_text(f"{KEYS['read']}\n")
    keys = Keys(file=file)
    file.write_text(f"{KEYS['manage']}\n")
    with monkeypatch.context() as refusing:
        refusing.setattr(module, "read_keys", lambda path: read_keys(tmp_path / "none"))  # whoever is root may read all
        assert keys.of_token(KEYS["read"])
    time.sleep(0.01)
    file.chmod(0o640)
    assert keys.of_token(KEYS["manage"]) and keys.of_token(KEYS["read"]) is None


@pytest.mark.parametrize("text", ["", "# none\n", "root " + "x" * 20, "read short", "read a b", "read " + "é" * 20, b"\xff"])
def test_files_that_are_none(tmp_path: Path, text: str | bytes) -> None:
    file = tmp_path / "tokens"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as told:
        read_keys(file)
    assert "tokens" in told.value.message and "xxxx" not in told.value.message


@pytest.mark.parametrize(
    ("settings", "environment", "demanded"),
    [
        (ServeSettings(), "", False),
        (ServeSettings(), "x" * 16, True),
        (ServeSettings(host="0.0.0.0"), "x" * 16, True),
        (ServeSettings(host="0.0.0.0"), "", None),
        (ServeSettings(host="192.0.2.1"), "", None),
        (ServeSettings(names=("manuals.example",)), "", None),
        (ServeSettings(), "short", None),
        (ServeSettings(token_file="nowhere"), "", None),
    ],
)
def test_when_a_token_is_demanded(
    settings: ServeSettings, environment: str, demanded: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGQA_TOKEN", environment)
    if demanded is None:
        with pytest.raises(UsageError):
            Access.of(settings)
    else:
        assert (Access.of(settings).keys is not None) is demanded
