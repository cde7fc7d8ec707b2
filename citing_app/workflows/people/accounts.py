"""Accounts, and logging in with them. Without any account the studio belongs to the one person on this machine."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from citing_app.errors import CitingError, Refused
from citing_app.store import accounts
from citing_app.store.database import Cursor, Store
from citing_app.types import Person, Role
from citing_app.workflows.people.throttle import Throttle

LOGIN_LASTS = timedelta(hours=12)
REMEMBERED = timedelta(seconds=10)
"""For how long a login is not looked up again: a page asks several times a second."""
LONGEST_NAME, SHORTEST_PASSWORD, LONGEST_PASSWORD = 64, 8, 1000
_NAME = re.compile(r"\w[\w.@+-]*")


def add(store: Store, name: str, password: str, role: Role | None = None) -> Person:
    """Add an account; without a role the first one is an owner's and every other an annotator's.

    Raises CitingError for a name that is taken or no name, and for a password that is too short.
    """
    checked, hashed = _checked_name(name), _hashed(password)
    with store.write() as cursor:
        person = Person(checked, role or ("annotator" if accounts.count(cursor) else "owner"))
        if found := accounts.find(cursor, person.name):
            raise CitingError(f"There is an account named {found[0].name} already; choose another name.")
        accounts.add(cursor, person, hashed, datetime.now(timezone.utc))
    return person


def remove(store: Store, name: str) -> Person:
    """Remove an account and end its logins; its decisions stay.

    Raises CitingError where there is none, and for the only owner of others, who could then do nothing but decide.
    """
    with store.write() as cursor:
        person = _find(cursor, name)
        if person.role == "owner" and accounts.count(cursor, "owner") == 1 < accounts.count(cursor):
            raise CitingError(f"{person.name} is the only owner; add another with --role owner first.")
        accounts.remove(cursor, person.name)
    return person


def set_password(store: Store, name: str, password: str) -> Person:
    """Give an account a new password and end its logins. Raises CitingError where there is none."""
    hashed = _hashed(password)
    with store.write() as cursor:
        person = _find(cursor, name)
        accounts.set_password(cursor, person.name, hashed)
    return person


def everyone(store: Store) -> list[tuple[Person, datetime]]:
    """Every person who has an account, by name, and since when."""
    with store.read() as cursor:
        return accounts.everyone(cursor)


def exist(store: Store) -> bool:
    """Whether there is any account, so that everything needs a login."""
    with store.read() as cursor:
        return accounts.count(cursor) > 0


def has_owner(store: Store) -> bool:
    """Whether there is an owner's account, without which the studio stays on this machine."""
    with store.read() as cursor:
        return accounts.count(cursor, "owner") > 0


class Logins:
    """Who is at the other end of a request. One for each host; what it counts of failures is in memory.

    `local` is the person on this machine, until there is an account. Accounts come and go only while no host holds the
    store, so that is asked once. `now` is the time of day by which logins end.
    """

    def __init__(
        self,
        store: Store,
        local: Person,
        throttle: Throttle | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self.local = None if exist(store) else local
        self._store = store
        self._throttle = throttle or Throttle()
        self._now = now
        self._remembered: dict[str, tuple[Person, datetime]] = {}
        self._hasher = PasswordHasher()
        self._nobodys_hash = self._hasher.hash(secrets.token_hex()) if self.local is None else ""

    def person(self, token: str | None) -> Person | None:
        """Who holds this token; the local person where no login is needed; None for nobody."""
        if self.local is not None or not token:
            return self.local
        now, hashed = self._now(), _token_hash(token)
        person, until = self._remembered.get(hashed, (None, now))
        if until > now:
            return person
        with self._store.read() as cursor:
            found = accounts.person_of(cursor, hashed, now)
        if found is None:
            return None
        self._remembered[hashed] = (found[0], min(found[1], now + REMEMBERED))
        return found[0]

    def log_in(self, name: str, password: str, address: str) -> str:
        """A new token for the person of this name and password, asking from this network address.

        An unknown name takes as long as a wrong password and is told the same. Raises Refused for either, and
        TooManyFailures after five failures of the name or of the address.
        """
        keys = (f"name {_normal(name).casefold()}", f"address {address}")
        self._throttle.attempt(keys)
        with self._store.read() as cursor:
            found = accounts.find(cursor, _normal(name))
        fits = self._fits(found[1] if found else self._nobodys_hash, password)
        if found is None or not fits:
            raise Refused("This name and password do not fit; try again.")
        self._throttle.succeed(keys)
        token = secrets.token_urlsafe(32)
        self._remembered.clear()
        with self._store.write() as cursor:
            accounts.forget_expired(cursor, self._now())
            accounts.add_login(cursor, _token_hash(token), found[0].name, self._now() + LOGIN_LASTS)
        return token

    def log_out(self, token: str) -> None:
        """End the login of this token, if there is one."""
        with self._store.write() as cursor:
            accounts.end_login(cursor, _token_hash(token))
        self._remembered.pop(_token_hash(token), None)

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _normal(password))
        except (VerificationError, InvalidHashError):
            return False


def _find(cursor: Cursor, name: str) -> Person:
    found = accounts.find(cursor, _normal(name))
    if found is None:
        raise CitingError(f"There is no account named {name}; `user list` names them all.")
    return found[0]


def _checked_name(name: str) -> str:
    normal = _normal(name)
    if not _NAME.fullmatch(normal) or len(normal) > LONGEST_NAME:
        raise CitingError(
            f"A name is one word of at most {LONGEST_NAME} letters, digits and . _ @ + - signs; choose another."
        )
    return normal


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise CitingError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; choose another.")
    return PasswordHasher().hash(_normal(password))


def _normal(text: str) -> str:
    """One form for what keyboards and systems write in several ways."""
    return unicodedata.normalize("NFKC", text)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
