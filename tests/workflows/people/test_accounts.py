"""Accounts and logins: what is kept of a password, who gets in, and what ends it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest

from citing_app.errors import CitingError, Refused
from citing_app.store.database import Store
from citing_app.types import Person
from citing_app.workflows.people import accounts
from citing_app.workflows.people.accounts import LOGIN_LASTS, REMEMBERED, Logins
from citing_app.workflows.people.throttle import Throttle, TooManyFailures
from tests.seeding import count

LOCAL = Person("local", "owner")
PASSWORD = "correct horse battery"


class Clock:
    """A time of day that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.time


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.read() as cursor:
        return cursor.execute(query).fetchall()


def test_of_a_password_only_its_argon2id_hash_is_kept(store: Store) -> None:
    assert accounts.add(store, "ada", PASSWORD) == Person("ada", "owner")
    [(kept,)] = rows(store, "SELECT password_hash FROM accounts")
    assert str(kept).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in str(rows(store, "FROM accounts"))


def test_the_first_account_is_an_owners_and_later_ones_annotators_unless_told(store: Store) -> None:
    assert not accounts.exist(store)
    roles = [accounts.add(store, name, PASSWORD).role for name in ("ada", "bob")]
    roles.append(accounts.add(store, "cyd", PASSWORD, "owner").role)
    assert roles == ["owner", "annotator", "owner"]
    assert [person.name for person, _ in accounts.everyone(store)] == ["ada", "bob", "cyd"]


def test_annotators_alone_are_no_owner(store: Store) -> None:
    accounts.add(store, "ada", PASSWORD, "annotator")
    assert accounts.exist(store)
    assert not accounts.has_owner(store)


def test_names_are_one_word_and_nobody_takes_anothers(store: Store) -> None:
    accounts.add(store, "Zoë", PASSWORD)
    for taken in ("Zoë", "zoë", "Zoe\u0308"):
        with pytest.raises(CitingError, match="There is an account named Zoë already"):
            accounts.add(store, taken, PASSWORD)
    for bad in ("", "two words", "a\nb", "=1+1", "-rf", "x" * 65, "\u202eada"):
        with pytest.raises(CitingError, match="A name is one word"):
            accounts.add(store, bad, PASSWORD)
    for bad in ("", "1234567", "x" * 1001):
        with pytest.raises(CitingError, match="A password has 8 to 1000 characters"):
            accounts.add(store, "bob", bad)
    assert count(store, "accounts") == 1


def test_logging_in_gives_a_token_of_which_only_the_hash_is_kept(store: Store) -> None:
    accounts.add(store, "Ada", "Zoë is waiting")
    logins = Logins(store, LOCAL)
    token = logins.log_in("ada", "Zoe\u0308 is waiting", "192.0.2.1")
    assert logins.person(token) == Person("Ada", "owner")
    assert len(token) >= 43
    assert token not in str(rows(store, "FROM logins"))
    assert logins.person(token + "x") is None
    assert logins.person("") is None
    assert logins.person(None) is None


def test_without_an_account_everybody_is_the_local_person(store: Store) -> None:
    assert Logins(store, LOCAL).person(None) == LOCAL
    accounts.add(store, "ada", PASSWORD)
    assert Logins(store, LOCAL).person(None) is None


def test_an_unknown_name_is_told_the_same_and_takes_as_long_as_a_wrong_password(store: Store) -> None:
    accounts.add(store, "ada", PASSWORD)
    logins = Logins(store, LOCAL)
    seconds: dict[str, list[float]] = {"ada": [], "nobody": []}
    for number in range(3):
        for name, taken in seconds.items():
            started = time.perf_counter()
            with pytest.raises(Refused, match=r"^This name and password do not fit; try again\.$"):
                logins.log_in(name, "wrong password", f"192.0.2.{number}")
            taken.append(time.perf_counter() - started)
    assert min(seconds["nobody"]) > 0.3 * min(seconds["ada"])


def test_a_login_ends_after_twelve_hours_and_leaves_nothing(store: Store) -> None:
    accounts.add(store, "ada", PASSWORD)
    clock = Clock()
    logins = Logins(store, LOCAL, now=clock)
    token = logins.log_in("ada", PASSWORD, "192.0.2.1")
    clock.time += LOGIN_LASTS - timedelta(seconds=1)
    assert logins.person(token) is not None
    clock.time += timedelta(seconds=1)
    assert logins.person(token) is None
    logins.log_in("ada", PASSWORD, "192.0.2.1")
    assert count(store, "logins") == 1
    assert timedelta(hours=12) == LOGIN_LASTS


def test_removing_an_account_or_changing_its_password_ends_its_logins_and_no_others(store: Store) -> None:
    for name in ("owen", "ada", "bob", "cyd"):
        accounts.add(store, name, PASSWORD)
    clock = Clock()
    logins = Logins(store, LOCAL, now=clock)
    tokens = {name: logins.log_in(name, PASSWORD, "192.0.2.1") for name in ("ada", "bob", "cyd")}
    assert all(map(logins.person, tokens.values()))
    accounts.remove(store, "ADA")
    accounts.set_password(store, "bob", "another password")
    clock.time += REMEMBERED
    left = {name: logins.person(token) for name, token in tokens.items()}
    assert left == {"ada": None, "bob": None, "cyd": Person("cyd", "annotator")}
    with pytest.raises(Refused):
        logins.log_in("bob", PASSWORD, "192.0.2.1")
    assert logins.person(logins.log_in("bob", "another password", "192.0.2.1")) == Person("bob", "annotator")
    for act in (accounts.remove, lambda store, name: accounts.set_password(store, name, PASSWORD)):
        with pytest.raises(CitingError, match="There is no account named ada"):
            act(store, "ada")


def test_the_only_owner_stays_as_long_as_there_are_others(store: Store) -> None:
    for name in ("Ada", "Bob"):
        accounts.add(store, name, PASSWORD)
    with pytest.raises(CitingError, match="Ada is the only owner; add another with --role owner first"):
        accounts.remove(store, "ada")
    accounts.remove(store, "bob")
    accounts.remove(store, "ada")
    assert not accounts.exist(store)


def test_signing_out_ends_this_login_and_no_other(store: Store) -> None:
    accounts.add(store, "ada", PASSWORD)
    logins = Logins(store, LOCAL)
    here, there = (logins.log_in("ada", PASSWORD, "192.0.2.1") for _ in range(2))
    logins.log_out(here)
    assert (logins.person(here), logins.person(there)) == (None, Person("ada", "owner"))


def test_five_wrong_passwords_close_the_name_and_the_address_but_no_others(store: Store) -> None:
    accounts.add(store, "ada", PASSWORD)
    accounts.add(store, "bob", PASSWORD)
    logins = Logins(store, LOCAL, Throttle(clock=lambda: 0.0))
    for _ in range(5):
        with pytest.raises(Refused):
            logins.log_in("ada", "wrong password", "192.0.2.1")
    for name, address in (("ADA", "192.0.2.2"), ("bob", "192.0.2.1")):
        with pytest.raises(TooManyFailures, match="wait 5 seconds and try again"):
            logins.log_in(name, PASSWORD, address)
    assert logins.log_in("bob", PASSWORD, "192.0.2.2")


def test_a_login_outlives_the_process(store: Store) -> None:
    accounts.add(store, "ada", PASSWORD)
    token = Logins(store, LOCAL).log_in("ada", PASSWORD, "192.0.2.1")
    store.close()
    with Store(store.folder) as opened:
        assert Logins(opened, LOCAL).person(token) == Person("ada", "owner")
