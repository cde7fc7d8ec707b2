"""How an HTTP client reaches a server: through which proxies, and trusting whose certificates."""

from __future__ import annotations

import ssl
from typing import Any

from citing_app.errors import CitingError
from citing_app.models.addresses import is_loopback


def way_to(url: str, ca_file: str | None = None) -> dict[str, Any]:
    """Options of a client for the server at `url`: a server on this machine is asked through no proxy.

    Raises OSError for certificates of the environment that can't be read, CitingError for a `ca_file` of no use.
    """
    is_local = is_loopback(url)
    verify: ssl.SSLContext | bool = True
    if ca_file is not None:
        verify = trusting(ca_file)
    elif is_local and url.startswith("https"):
        verify = ssl.create_default_context()  # the certificates that the environment names are wanted all the same
    return {"trust_env": not is_local, "verify": verify}


def trusting(ca_file: str) -> ssl.SSLContext:
    """What trusts the certificates in this file beside the usual ones. Raises CitingError where it holds none."""
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ValueError) as error:  # one sentence for all, or the file system could be explored by it
        raise CitingError("The CA file can't be read as certificates in PEM form; correct its path.") from error
    return context
