"""Why a server elsewhere says nothing, in words."""

from __future__ import annotations

from ragqa.errors import SourceGone

TRUST = "A certificate of your own authority is trusted by SSL_CERT_FILE."


def silent(name: str, error: BaseException, hint: str) -> SourceGone:
    """The error that says why what is called `name` does not answer; a certificate is told as such, whoever refused it."""
    reason = getattr(error, "reason", None) or error
    told = str(reason).strip().split("\n")[0][:200] or type(reason).__name__
    if "CERTIFICATE_VERIFY_FAILED" in told:
        why = told.partition("verify failed")[2].partition("(_ssl")[0].strip(": ")
        return SourceGone(f"the certificate of {name} is not trusted{': ' if why else ''}{why}", hint=f"{hint} {TRUST}")
    return SourceGone(f"{name} does not answer: {told}", hint=hint)
