"""Waits that a server asks for."""

from datetime import UTC, datetime, timedelta

import pytest

from designer.llm.waits import seconds_of, wait_asked_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("45s", 45.0),
        ("2m5s", 125.0),
        ("1h0m1s", 3601.0),
        ("80ms", 0.08),
        ("1.5s", 1.5),
        ("1 hour, 2 minutes and 3 seconds", 3723.0),
        ("-4", 0.0),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_duration_is_read_in_every_form(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%SZ", "%a, %d %b %Y %H:%M:%S GMT"])
def test_a_moment_is_read_as_the_seconds_until_then(form):
    then = datetime.now(UTC) + timedelta(seconds=50)
    assert 48 < seconds_of(then.strftime(form)) <= 50
    for epoch in (f"{then.timestamp():.0f}", f"{1000 * then.timestamp():.0f}"):
        assert 48 < seconds_of(epoch) <= 51


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Limit 9, used 9. Please try again in 17s.", 17.0),
        ("Please retry in 12.25s.", 12.25),
        ("Retry in 1m3.5s", 63.5),
        ("retry after 4 seconds", 4.0),
        ("Try again in about 2 minutes", 120.0),
        ("Please wait 9 seconds before the next request", 9.0),
        ("Your limit resets in 33s", 33.0),
        ('{"@type": "x/RetryInfo", "retryDelay": "41s"}', 41.0),
        ('{"retry_after": 6}', 6.0),
        ('{"retry_after_ms": 250}', 0.25),
        ("try again later; the limit is 20 per 1 min", None),
        ("failed after retry 3 times", None),
        ("", None),
    ],
)
def test_a_wait_is_read_from_words(words, seconds):
    assert wait_asked_s({}, words) == seconds


def test_a_header_goes_before_words_and_milliseconds_before_both():
    headers = {"Retry-After": "5", "Retry-After-Ms": "1500"}
    assert wait_asked_s(headers, "try again in 9s") == 1.5
    del headers["Retry-After-Ms"]
    assert wait_asked_s(headers, "try again in 9s") == 5.0


def test_the_limit_that_is_used_up_is_waited_for_and_not_the_other():
    headers = {
        "x-ratelimit-remaining-requests": "950",
        "x-ratelimit-reset-requests": "8h",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "13s",
    }
    assert wait_asked_s(headers, "") == 13.0
    headers["anthropic-ratelimit-input-tokens-reset"] = "20s"  # nobody says what's left
    assert wait_asked_s(headers, "") == 13.0
    assert wait_asked_s({"x-ratelimit-reset-requests": "1m30s"}, "") == 60.0
