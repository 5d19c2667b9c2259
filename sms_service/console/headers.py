"""What the desk lets a browser do: our own files and forms alone, nothing framed, nothing kept."""

from flask import Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'"
)


def lock_down(response: Response) -> Response:
    """Add what every page says for itself; the rest has every answer (channels/headers.py)."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["Referrer-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    return response
