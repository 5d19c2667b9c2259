"""What the page lets a browser do: our own files alone, and no posts from other sites."""

import secrets
from urllib.parse import urlsplit

from flask import Request, Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'"
)
_VISIT = "simulator_visit"
_SAFE = ("GET", "HEAD", "OPTIONS")


def lock_down(response: Response) -> Response:
    """Add what every answer of the page may load; the rest has every answer of the process."""
    response.headers["Content-Security-Policy"] = POLICY
    return response


def welcome(request: Request, response: Response, path: str) -> None:
    """Give a new visitor the cookie without which nothing can be posted."""
    if not request.cookies.get(_VISIT):
        visit = secrets.token_urlsafe(16)
        response.set_cookie(_VISIT, visit, path=path, httponly=True, samesite="Strict")


def may_post(request: Request) -> bool:
    """Whether the request changes nothing, or comes from our own page.

    A foreign page is told by what browsers say of it, and has neither the SameSite cookie
    nor the header that htmx adds, which no other site may add without our leave.
    """
    if request.method in _SAFE:
        return True
    if not request.cookies.get(_VISIT) or request.headers.get("HX-Request") != "true":
        return False
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    return origin is None or urlsplit(origin).netloc == request.host
