"""What teachers cost: prices, the spending limit, what was paid, and what a batch will take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, TypedDict

from citing_app.method.prices import BILLIONTHS, FRAMING_TOKENS, FREE, Price, cost, dollars
from citing_app.models.chat_model import ChatModel
from citing_app.store import spending as paid
from citing_app.store.database import Cursor, Store

_BYTES_PER_TOKEN = 4
"""For about how much: nobody has a remote model's tokenizer. English has four bytes a token, and so has Chinese at a
recent model, where a character of three bytes is most of a token. What is held for a call is by bytes, and never less
than it can cost."""


def set_limit(store: Store, dollars: float | None, author: str) -> None:
    """Set the most that all teachers together may be paid, in dollars; None takes the limit away."""
    with store.write() as cursor:
        paid.set_limit(cursor, None if dollars is None else round(dollars * BILLIONTHS), author)


def set_price(store: Store, teacher: str, sent: float, answered: float, author: str) -> None:
    """Set what a million tokens cost in dollars; a local model costs 0. Calls made before keep their cost."""
    with store.write() as cursor:
        paid.set_price(cursor, teacher, Price(sent, answered), author)


def price_for(cursor: Cursor, model: ChatModel) -> Price | None:
    """The price that a person gave the model, else nothing for a server on this machine; None where it is not known.

    Who has calls passed on by a server on this machine to one that bills gives it a price.
    """
    return paid.prices(cursor).get(model.name, FREE if model.is_loopback else None)


class PaidTeacherView(TypedDict):
    """A model with its `Price`, None where nobody gave one, and what it was `Spent`, None where it was never asked.

    `is_free`: without a price it costs nothing, as its server runs on this machine.
    """

    name: str
    price: dict[str, Any] | None
    is_free: bool
    account: dict[str, Any] | None


class SpendingView(TypedDict):
    """The limit, and what is spent and held (`taken`), in billionths of a dollar."""

    limit: int | None
    taken: int
    teachers: list[PaidTeacherView]


class Estimate(TypedDict):
    """What calls will take: `about`, and at `most`, in billionths of a dollar; None without a price."""

    calls: int
    tokens_in: int
    tokens_out: int
    about: int | None
    most: int | None


def spending_view(store: Store, models: Iterable[ChatModel]) -> SpendingView:
    """The limit, what is spent and held, and the price and account of each model and of all that were ever asked."""
    local = {model.name: model.is_loopback for model in models}
    with store.read() as cursor:
        accounts = {row.teacher: row for row in paid.spent(cursor)}
        prices, limit, taken = paid.prices(cursor), paid.limit(cursor), paid.spent_and_held(cursor)
    return {
        "limit": limit,
        "taken": taken,
        "teachers": [
            {
                "name": name,
                "price": asdict(prices[name]) if name in prices else None,
                "is_free": name not in prices and local.get(name, False),
                "account": asdict(accounts[name]) if name in accounts else None,
            }
            for name in [*local, *sorted(accounts.keys() - local.keys())]
        ],
    }


def summary(view: SpendingView) -> str:
    """The view in a few lines, for the command line."""
    limit = "no limit" if view["limit"] is None else f"a limit of {dollars(view['limit'])}"
    first = f"{dollars(view['taken'])} spent and reserved, {limit}."
    return "\n".join([first, *map(_account_line, view["teachers"])])


def _account_line(row: PaidTeacherView) -> str:
    account, price = row["account"], row["price"]
    at = "free, on this machine" if row["is_free"] else "price unknown"
    if price:
        at = f"${price['sent']:g} and ${price['answered']:g} per million tokens"
    if account is None:
        return f"{row['name']}: never asked; {at}."
    tokens = f"{account['calls']:,} calls, {account['tokens_in']:,} tokens sent, {account['tokens_out']:,} answered"
    return f"{row['name']}: {tokens}, {dollars(account['cost'])}; {at}."


def estimate(price: Price | None, prompt_bytes: int, calls: int, answered: float, most: int) -> Estimate:
    """What `calls` calls with `prompt_bytes` in all will take: about, and at most, in billionths of a dollar.

    `answered` is the usual tokens of an answer, `most` the greatest. A token is taken for four bytes.
    """
    return {
        "calls": calls,
        "tokens_in": prompt_bytes // _BYTES_PER_TOKEN,
        "tokens_out": round(answered * calls),
        "about": cost(price, prompt_bytes // _BYTES_PER_TOKEN, round(answered * calls)),
        "most": cost(price, prompt_bytes + FRAMING_TOKENS * calls, most * calls),
    }
