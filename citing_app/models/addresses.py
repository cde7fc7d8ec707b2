"""Where a server is and the key to it, looked at before anything is sent."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from citing_app.errors import CitingError

_BLANKS = " \t\r\n\f\v\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"
_CHAT = re.compile(r"/chat/completions/*\Z")


def is_loopback(url: str) -> bool:
    """Whether the server at `url` runs on this machine."""
    host = _split(url).hostname or ""
    with suppress(ValueError):
        address = ip_address(host)
        return address.is_loopback or address.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


def checked_url(url: str, name: str) -> str:
    """A server's base URL as the client takes it: without white space around it and the path of a call; a query stays.

    Raises CitingError, which calls the model by `name`, for what is no web address.
    """
    path, mark, query = url.strip(_BLANKS).partition("?")
    url = f"{_CHAT.sub('', path)}{mark}{query}"
    parts = _split(url)
    if parts.scheme not in ("http", "https"):
        raise CitingError(f"The URL of {name} must begin with http:// or https://, as http://127.0.0.1:8000/v1 does.")
    if not _is_host(parts) or not url.isprintable() or " " in url:
        raise no_url(name)
    return url


def no_url(name: str) -> CitingError:
    """The sentence for a URL that no request can be sent to."""
    return CitingError(f"The URL of {name} is not a valid web address; one looks like http://127.0.0.1:8000/v1.")


def checked_key(key: str | None, name: str) -> str | None:
    """The key without white space around it; None for an empty one.

    Raises CitingError, which calls the model by `name`, for a key that no HTTP header can hold.
    """
    key = (key or "").strip(_BLANKS)
    if re.search(r"[^\x21-\x7e]", key):
        raise CitingError(
            f"The key of {name} holds a space or a character that can't be sent in a header; copy it again."
        )
    return key or None


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # an IPv6 address that is not closed
        return SplitResult("http", "", "", "", "")


def _is_host(parts: SplitResult) -> bool:
    """Whether there is a host, and a port that is one."""
    try:
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    return port != 0 and bool(host) and all(0 < len(label) < 64 for label in host.rstrip(".").split("."))
