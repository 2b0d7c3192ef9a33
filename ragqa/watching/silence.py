"""Why a source elsewhere tells nothing, in words; and waiting for it no longer than one is let."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from ragqa.errors import SourceGone

Value = TypeVar("Value")

LOOK_SECONDS = 0.5
"""Between two looks at whether to stop."""

TRUST = "A certificate of your own authority is trusted by SSL_CERT_FILE."


def silent(name: str, error: BaseException, hint: str) -> SourceGone:
    """The error that says why what is called `name` does not answer; a certificate is told as such, whoever refused it."""
    reason = getattr(error, "reason", None) or error
    told = str(reason).strip().split("\n")[0][:200] or type(reason).__name__
    if "CERTIFICATE_VERIFY_FAILED" in told:
        why = told.partition("verify failed")[2].partition("(_ssl")[0].strip(": ")
        return SourceGone(f"the certificate of {name} is not trusted{': ' if why else ''}{why}", hint=f"{hint} {TRUST}")
    return SourceGone(f"{name} does not answer: {told}", hint=hint)


def broken_off(name: str) -> SourceGone:
    """The error that says that what is called `name` was not looked through, because it was to stop."""
    return SourceGone(f"{name} was not looked through: it was to stop", hint="Its documents are kept.")


def unless_stopped(name: str, work: Callable[[], Value], stop: Callable[[], bool]) -> Value:
    """What `work` gives. It is done in a thread of its own, which is left behind where `stop` comes first: many requests, made by
    somebody else's library in one call, cannot be broken off. Raises SourceGone then, and what `work` raises."""
    done: Future[Value] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, name=f"look at {name}", daemon=True).start()
    while not wait([done], LOOK_SECONDS).done:
        if stop():
            raise broken_off(name)
    return done.result()
