"""Accounts and logins. Names are unique whatever their case; what ends an account's right ends its logins with it."""

from __future__ import annotations

from datetime import datetime

from citing_app.store.database import Cursor
from citing_app.types import Person, Role


def add(cursor: Cursor, person: Person, password_hash: str, at: datetime) -> None:
    """Add an account. The caller has checked that its name is free."""
    cursor.execute(
        "INSERT INTO accounts (name, role, password_hash, created_at) VALUES (?, ?, ?, ?)",
        [person.name, person.role, password_hash, at],
    )


def remove(cursor: Cursor, name: str) -> None:
    """Delete an account and its logins."""
    end_logins(cursor, name)
    cursor.execute("DELETE FROM accounts WHERE name = ?", [name])


def set_password(cursor: Cursor, name: str, password_hash: str) -> None:
    """Give an account another password; its logins end."""
    end_logins(cursor, name)
    cursor.execute("UPDATE accounts SET password_hash = ? WHERE name = ?", [password_hash, name])


def find(cursor: Cursor, name: str) -> tuple[Person, str] | None:
    """The person of this name, in whatever case, and the hash of their password."""
    row = cursor.execute(
        "SELECT name, role, password_hash FROM accounts WHERE lower(name) = lower(?)", [name]
    ).fetchone()
    return None if row is None else (Person(row[0], row[1]), row[2])


def everyone(cursor: Cursor) -> list[tuple[Person, datetime]]:
    """Every person who has an account, by name, and since when."""
    rows = cursor.execute("SELECT name, role, created_at FROM accounts ORDER BY lower(name)").fetchall()
    return [(Person(name, role), created_at) for name, role, created_at in rows]


def count(cursor: Cursor, role: Role | None = None) -> int:
    """How many accounts there are, of one role or in all."""
    row = cursor.execute("SELECT count(*) FROM accounts WHERE ? IN (role, '')", [role or ""]).fetchone()
    assert row is not None
    return int(row[0])


def add_login(cursor: Cursor, token_hash: str, name: str, expires_at: datetime) -> None:
    """Remember a login until `expires_at`."""
    cursor.execute("INSERT INTO logins (token_hash, name, expires_at) VALUES (?, ?, ?)", [token_hash, name, expires_at])


def person_of(cursor: Cursor, token_hash: str, now: datetime) -> tuple[Person, datetime] | None:
    """Who logged in with this token and when the login ends; None where it has ended."""
    row = cursor.execute(
        "SELECT a.name, a.role, l.expires_at FROM logins l JOIN accounts a ON a.name = l.name "
        "WHERE l.token_hash = ? AND l.expires_at > ?",
        [token_hash, now],
    ).fetchone()
    return None if row is None else (Person(row[0], row[1]), row[2])


def end_login(cursor: Cursor, token_hash: str) -> None:
    """Forget the login of this token."""
    cursor.execute("DELETE FROM logins WHERE token_hash = ?", [token_hash])


def end_logins(cursor: Cursor, name: str) -> None:
    """Forget every login of this account."""
    cursor.execute("DELETE FROM logins WHERE name = ?", [name])


def forget_expired(cursor: Cursor, now: datetime) -> None:
    """Delete the logins that have ended by themselves."""
    cursor.execute("DELETE FROM logins WHERE expires_at <= ?", [now])
