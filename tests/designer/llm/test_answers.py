import time

import pytest

from designer.errors import LLMError
from designer.llm.answers import reply_from, split_thought
from designer.llm.messages import SpentCallError


def reply(message, finish="stop"):
    data = {"choices": [{"message": message, "finish_reason": finish}]}
    return reply_from(data, "tiny", "model tiny", 0.5)


@pytest.mark.parametrize(
    ("content", "text", "thought"),
    [
        ("code", "code", ""),
        ("<think>hm</think>code", "code", "hm"),
        ("<Thinking>\nhm\n</Thinking>\n\ncode", "\n\ncode", "\nhm\n"),
        ("[THINK]hm[/THINK]code", "code", "hm"),
        ("hm</think>code", "code", "hm"),  # the start tag stood in the chat template
        ("<think>a</think>x<think>b</think>y", "xy", "ab"),
        ("<think>is <think> a tag?</think>code", "code", "is <think> a tag?"),
        ("<think></think>code", "code", ""),
        ("<think>hm, hm", "", "hm, hm"),
        (
            "code, no <think> needed",
            "code, no  needed",
            "",
        ),  # nothing behind it is lost
        ("a < b and b > c", "a < b and b > c", ""),
        ("", "", ""),
    ],
)
def test_tags_divide_text_and_thought(content, text, thought):
    assert split_thought(content) == (text, thought)


def test_a_hundred_thousand_tags_are_divided_in_a_moment():
    start = time.monotonic()
    for content in ("<think>" * 100_000, "x</think>" * 100_000):
        assert split_thought(content)[0] == ""
    assert time.monotonic() - start < 5.0


@pytest.mark.parametrize(
    ("message", "text", "thought"),
    [
        ({"content": "code", "reasoning_content": "hm"}, "code", "hm"),
        ({"content": "code", "reasoning": "hm"}, "code", "hm"),
        (
            {"content": "code", "reasoning_details": [{"text": "h"}, {"text": "m"}]},
            "code",
            "hm",
        ),
        ({"content": [{"type": "text", "text": "code"}]}, "code", ""),
        ({"content": ["co", {"text": "de"}]}, "code", ""),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "code"},
                ]
            },
            "code",
            "hm",
        ),
        (
            {"content": [{"type": "reasoning", "summary": "hm"}, {"text": "code"}]},
            "code",
            "hm",
        ),
        ({"content": "code", "reasoning_content": None, "reasoning": 7}, "code", ""),
        # The answer stands in the thoughts: better that than nothing.
        ({"content": "", "reasoning_content": "code"}, "code", ""),
        ({"content": None, "reasoning": "code"}, "code", ""),
        ({"content": "<think>code"}, "code", ""),
    ],
)
def test_text_and_thought_are_found_where_servers_put_them(message, text, thought):
    found = reply(message)
    assert (found.text, found.thought, found.cut_off) == (text, thought, False)


@pytest.mark.parametrize(
    "message",
    [
        {"content": "", "reasoning_content": "hm"},
        {"content": "<think>hm"},
        {"content": None},
        {},
    ],
)
def test_tokens_spent_on_thinking_alone_are_no_answer_but_are_charged(message):
    choice = {"message": message, "finish_reason": "length"}
    data = {"choices": [choice], "usage": {"completion_tokens": 99, "prompt_tokens": 7}}
    with pytest.raises(SpentCallError, match="a model that thinks less") as caught:
        reply_from(data, "tiny", "model tiny", 0.5)
    charged = caught.value.reply
    assert (charged.tokens_in, charged.tokens_out, charged.text) == (7, 99, "")


@pytest.mark.parametrize("finish", ["length", "MAX_TOKENS", "model_length"])
def test_an_answer_cut_after_its_thought_is_cut_off(finish):
    found = reply({"content": "<think>hm</think>def f("}, finish)
    assert (found.text, found.thought, found.cut_off) == ("def f(", "hm", True)


@pytest.mark.parametrize(
    "content", [{}, 7, [None, 7, {}, {"type": 7}], [[[[[["x"]]]]]]]
)
def test_content_of_no_known_form_is_an_empty_answer(content):
    with pytest.raises(LLMError, match=r"empty answer \(finish_reason stop\); ask ag"):
        reply({"content": content})


@pytest.mark.parametrize("tokens", [0, -1, True, "7", None, 1.5])
def test_tokens_that_are_no_count_are_unknown_and_not_zero(tokens):
    usage = {"prompt_tokens": tokens, "completion_tokens": tokens}
    data = {"choices": [{"message": {"content": "code"}}], "usage": usage}
    found = reply_from(data, "tiny", "model tiny", 0.5)
    assert (found.tokens_in, found.tokens_out) == (None, None)
