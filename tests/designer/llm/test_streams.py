"""Answers that come in pieces though nobody asked for a stream."""

import json

import pytest

from designer.llm.answers import reply_from
from designer.llm.faults import Fault
from designer.llm.openai_client import open_openai
from designer.llm.streams import decoded
from tests.designer.llm.conftest import Step, settings


@pytest.fixture
def ask(server, question):
    """Asks the scripted server once a call; litellm has an own reading of streams."""
    return lambda **options: open_openai("tiny", server.url, settings(**options))(
        question()
    )


def chunk(finish=None, **delta):
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def sse(*chunks, end="data: [DONE]\n\n", line="\n\n"):
    events = [f"data: {json.dumps(c)}{line}" for c in chunks]
    return ("".join(events) + end).encode()


WHOLE = (chunk(role="assistant"), chunk(content="co"), chunk(content="de"))
STOP = chunk("stop")
USAGE = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}
OLLAMA = [
    {"model": "q", "message": {"role": "assistant", "content": "co"}, "done": False},
    {"model": "q", "message": {"role": "assistant", "content": "de"}, "done": False},
    {"done": True, "done_reason": "stop", "eval_count": 2, "prompt_eval_count": 7},
]


@pytest.mark.parametrize(
    "body",
    [
        sse(*WHOLE, STOP),
        sse(*WHOLE, STOP, end=""),  # no [DONE]
        sse(*WHOLE),  # no finish_reason
        sse(*WHOLE, STOP, USAGE),
        sse(*WHOLE, STOP, line="\r\n\r\n"),
        b": keep-alive\n\n" + sse(*WHOLE, STOP).replace(b"data: {", b"data:{"),
        b"\xef\xbb\xbfevent: message\nid: 1\n" + sse(*WHOLE, STOP),
        sse({"choices": [{"message": {"content": "code"}, "finish_reason": "stop"}]}),
        sse(chunk(content=["co", {"type": "text", "text": "de"}]), STOP),
        "\n".join(map(json.dumps, OLLAMA)).encode(),
        json.dumps({"message": {"content": "code"}, "done": True}).encode(),
        b"\n\n  "
        + json.dumps({"choices": [{"message": {"content": "code"}}]}).encode(),
    ],
)
def test_a_stream_is_read_whatever_its_form(body):
    reply = reply_from(decoded(body), "tiny", "model tiny", 0.5)
    assert (reply.text, reply.thought, reply.cut_off) == ("code", "", False)


def test_thoughts_tokens_and_the_end_of_a_stream_are_kept():
    thoughts = (chunk(reasoning_content="h"), chunk(reasoning_content="m"))
    body = sse(*thoughts, *WHOLE, chunk("length"), USAGE)
    reply = reply_from(decoded(body), "tiny", "model tiny", 0.5)
    assert (reply.text, reply.thought, reply.cut_off) == ("code", "hm", True)
    assert (reply.tokens_in, reply.tokens_out) == (7, 2)
    own = "\n".join(map(json.dumps, OLLAMA)).encode()
    assert reply_from(decoded(own), "tiny", "", 0.5).tokens_in == 7


def test_a_separator_of_lines_inside_a_text_is_text():
    said = '{"choices": [{"delta": {"content": "a\u2028b"}, "finish_reason": "stop"}]}'
    reply = reply_from(decoded(f"data: {said}\n\n".encode()), "tiny", "", 0.5)
    assert reply.text == "a b"  # one text, with a harmless separator


@pytest.mark.parametrize(
    "body",
    [
        sse(*WHOLE, end=""),
        sse(*WHOLE, end='data: {"choices": [{"del'),
        "\n".join(map(json.dumps, OLLAMA[:2])).encode(),
        b'{"choices": [{"mess',
        b"",
        b"<html>502 Bad Gateway</html>",
    ],
)
def test_an_answer_that_breaks_off_is_asked_for_again_a_few_times(body):
    fault = decoded(body)
    assert isinstance(fault, Fault)
    assert fault.tries == 3


def test_an_error_in_the_middle_of_a_stream_is_judged_as_an_error(server, ask):
    broken = sse(*WHOLE, {"error": {"code": 502, "message": "lost the model"}})
    whole = Step(body=sse(*WHOLE, STOP))
    server.steps = [Step(body=broken), whole]
    assert ask(retries=1).text == "code"


def test_a_server_that_only_streams_is_asked_for_a_stream(server, ask):
    refusal = {"error": {"message": "This model only supports stream mode"}}
    server.steps = [server.sends(refusal, 400), Step(body=sse(*WHOLE, STOP))]
    assert ask().text == "code"
    assert [body["stream"] for body in server.bodies] == [False, True]
