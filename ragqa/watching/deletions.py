"""When documents that are gone from a source are taken out at once, and when a person is asked first."""

from __future__ import annotations

from collections.abc import Collection

A_FEW = 5
"""Documents that may always be taken out together, as long as something is left."""


def why_ask(gone: int, held: int, found: int, limit: float) -> str:
    """Why a person is to agree first: `gone` of the `held` documents are no longer there, among `found` files, and a share of
    `limit` (0 to 1) may go without asking. Empty where nobody is to be asked."""
    if limit >= 1 or not gone:
        return ""
    if not found:
        return f"nothing is left of {_documents(held)}, as where a disk is not mounted"
    if gone > A_FEW and gone > limit * held:
        return f"{gone:,} of {held:,} documents are gone, more than {limit:.0%}"
    return ""


def unconfirmed(gone: Collection[str], confirmed: Collection[str]) -> set[str]:
    """Those that nobody has agreed to yet."""
    return set(gone).difference(confirmed)


def _documents(count: int) -> str:
    return "1 document" if count == 1 else f"{count:,} documents"
