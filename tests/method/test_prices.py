"""Money in whole billionths of a dollar, and a hold that a call cannot pass."""

from __future__ import annotations

from citing_app.method.prices import Price, cost, dollars, hold

MINI = Price(sent=0.15, answered=0.60)


def test_a_cost_is_exact_and_rounded_up() -> None:
    assert cost(MINI, 1_000_000, 1_000_000) == 750_000_000
    assert cost(MINI, 1, 0) == 150
    assert cost(Price(0.0001, 0), 1, 0) == 1
    assert cost(Price(0, 0), 10**9, 10**9) == 0
    assert cost(None, 5, 5) is None


def test_a_hold_is_never_less_than_the_cost_of_what_the_bytes_can_hold() -> None:
    for text in ("", "a", "漢字" * 40, "🙂" * 9):
        size = len(text.encode())
        held, paid = hold(MINI, size, 64), cost(MINI, size, 64)
        assert held is not None
        assert paid is not None
        assert held >= paid
    assert hold(None, 5, 5) is None


def test_amounts_are_written_as_people_read_them() -> None:
    assert [dollars(n) for n in (0, 1_234_567, 999_999_999, 12_345_000_000_000)] == [
        "$0.00",
        "$0.0012",
        "$1.0000",
        "$12,345.00",
    ]
