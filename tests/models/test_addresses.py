"""URLs and keys as people paste them: mended where that is plain, and else one sentence before anything is sent."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citing_app.errors import CitingError
from citing_app.models.addresses import checked_key, checked_url, is_loopback
from citing_app.models.openai_model import OpenAIModel


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (" http://127.0.0.1:8000/v1\n", "http://127.0.0.1:8000/v1"),
        ("\N{ZERO WIDTH SPACE}https://a.example/v1\N{NO-BREAK SPACE}", "https://a.example/v1"),
        ("https://a.example/v1/chat/completions", "https://a.example/v1"),
        ("https://a.example/v1/", "https://a.example/v1/"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("https://münchen.example/v1", "https://münchen.example/v1"),
    ],
)
def test_a_url_is_taken_without_what_does_not_belong_to_it(url: str, expected: str) -> None:
    assert OpenAIModel("m", url).url == expected


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("localhost:8000/v1", "must begin with http"),
        ("a.example/v1", "must begin with http"),
        ("ftp://a.example/v1", "must begin with http"),
        ("", "must begin with http"),
        ("http://", "not a valid web address"),
        ("http:///v1", "not a valid web address"),
        ("http://[::1/v1", "not a valid web address"),
        ("http://a b/v1", "not a valid web address"),
        ("http://a.example/v\n1", "not a valid web address"),
        ("http://../v1", "not a valid web address"),
        ("http://a.example:abc/v1", "not a valid web address"),
        ("http://a.example:99999/v1", "not a valid web address"),
        (f"http://{'a' * 70}.example/v1", "not a valid web address"),
    ],
)
def test_what_is_no_url_is_told_before_anything_is_sent(url: str, reason: str) -> None:
    with pytest.raises(CitingError, match=f"The URL of m {reason}|The URL of m is {reason}"):
        OpenAIModel("m", url)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_any_text_is_taken_or_refused_in_one_sentence(text: str) -> None:
    for url in (text, f"http://{text}/v1"):
        is_loopback(url)
        with suppress(CitingError):
            assert checked_url(url, "m").isprintable()
    with suppress(CitingError):
        assert re.fullmatch(r"[!-~]*", checked_key(text, "m") or "")


@pytest.mark.parametrize("key", ["sk-1", " sk-1\n", "\N{ZERO WIDTH NO-BREAK SPACE}sk-1\r\n"])
def test_a_key_is_taken_without_the_white_space_around_it(key: str) -> None:
    assert OpenAIModel("m", "http://a.example/v1", key).api_key == "sk-1"


@pytest.mark.parametrize("key", ["sk-…", "ключ", "sk-1\nX-Other: 1", "Bearer sk-1", "sk\x00"])
def test_a_key_that_no_header_can_hold_is_told_and_not_shown(key: str) -> None:
    with pytest.raises(CitingError, match="can't be sent in a header") as told:
        OpenAIModel("m", "http://a.example/v1", key)
    assert key not in str(told.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        *((f"http://{host}:8000/v1", True) for host in ("localhost", "127.0.0.1", "127.8.9.1", "[::1]", "0.0.0.0")),
        ("http://me.localhost/v1", True),
        *((f"http://{host}/v1", False) for host in ("10.0.0.1", "a.example", "localhost.example", "[2001:db8::1]")),
        ("in this process", False),
    ],
)
def test_a_server_on_this_machine_is_known_by_its_address(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected
