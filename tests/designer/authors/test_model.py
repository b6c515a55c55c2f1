"""Author and critic, played by a plain function: who is asked what, and when."""

import threading

import pytest

from designer.authors.author import Unanswered
from designer.errors import ClosedError, LLMError
from designer.llm import Reply, Request
from tests.designer.scripted import (
    FIRST,
    OBJECT,
    OBJECTION,
    SECOND,
    SIGNS,
    WAY,
    WRONG,
    Answer,
    Model,
    brief,
    by_role,
    in_turn,
    parent,
)

# Repairs.


@pytest.mark.parametrize("repairs", [0, 2])
def test_a_faulty_reply_is_repaired_at_most_so_often(tmp_path, repairs: int) -> None:
    played = Model(tmp_path, in_turn(WRONG))
    (made,) = played.propose([brief(repairs=repairs, critic=3)])
    assert played.asked == [("g00/c00", k) for k in range(repairs + 1)]
    assert made.source == ""
    assert "pole_angle" in made.problems[0]


def test_a_repaired_reply_is_taken_and_the_talk_ends(tmp_path) -> None:
    played = Model(tmp_path, in_turn(WRONG, "no code", FIRST, SECOND))
    (made,) = played.propose([brief(repairs=5)])
    assert played.asked == [("g00/c00", k) for k in range(3)]
    assert (made.reply, made.problems) == (FIRST, ())
    roles = [message.role for message in played.requests[-1].messages]
    assert roles == ["system", "user", *["assistant", "user"] * 2]


def test_a_reply_cut_off_goes_back_whatever_it_holds(tmp_path) -> None:
    cut = Reply(FIRST, "scripted", 1, 1, 0.0, True)
    played = Model(tmp_path, in_turn(cut, SECOND))
    (made,) = played.propose([brief()])
    assert made.reply == SECOND
    assert "cut off before its end" in played.said_to("g00/c00", 1)


def test_only_the_faulty_ones_of_a_generation_are_asked_again(tmp_path) -> None:
    played = Model(
        tmp_path, lambda r: FIRST if r.label.endswith("1") or r.attempt else WRONG
    )
    made = played.propose([brief(0), brief(1), brief(2)])
    assert played.asked == [
        ("g00/c00", 0),
        ("g00/c00", 1),
        ("g00/c01", 0),
        ("g00/c02", 0),
        ("g00/c02", 1),
    ]
    assert all(one.source for one in made)


def test_a_correction_waits_for_no_other_candidate(tmp_path) -> None:
    """The first answer to one comes only after another was corrected and kept."""
    is_corrected = threading.Event()

    def script(request: Request) -> Answer:
        if request.label == "g00/c00":
            assert is_corrected.wait(10)
            return FIRST
        if request.attempt:
            is_corrected.set()
        return SECOND if request.attempt else WRONG

    played = Model(tmp_path, script)
    made = played.propose([brief(0), brief(1)], parallel=2)
    assert [one.reply for one in made] == [FIRST, SECOND]


# Calls that fail.


def test_one_failed_call_is_one_lost_candidate(tmp_path) -> None:
    played = Model(
        tmp_path, lambda r: LLMError("down") if r.label == "g00/c00" else FIRST
    )
    lost, made = played.propose([brief(0), brief(1)])
    assert lost == Unanswered("down")
    assert made.reply == FIRST


def test_a_server_that_will_answer_no_call_ends_the_run_at_once(tmp_path) -> None:
    played = Model(tmp_path, in_turn(ClosedError("no credit")))
    with pytest.raises(ClosedError, match="no credit"):
        played.propose([brief(0), brief(1)])
    assert played.asked == [("g00/c00", 0)]


def test_what_was_written_before_the_server_closed_is_kept(tmp_path) -> None:
    played = Model(
        tmp_path, lambda r: FIRST if r.label == "g00/c00" else ClosedError("no credit")
    )
    with pytest.raises(ClosedError):
        played.propose([brief(0), brief(1), brief(2)])
    assert [(k, made.reply) for k, made in played.kept.items()] == [(0, FIRST)]
    assert played.asked == [("g00/c00", 0), ("g00/c01", 0)]


def test_a_candidate_whose_replies_were_all_cut_off_stays_open(tmp_path) -> None:
    cut = Reply(FIRST, "scripted", 1, 1, 0.0, True)
    played = Model(tmp_path, lambda r: cut)
    (lost,) = played.propose([brief(repairs=5)])
    assert isinstance(lost, Unanswered)
    assert "--reply-tokens" in lost.reason
    assert played.asked == [("g00/c00", 0), ("g00/c00", 1)]  # a shorter one, once
    again = Model(tmp_path, in_turn(FIRST))
    (made,) = again.propose([brief(repairs=5)])
    assert (made.reply, again.asked) == (FIRST, [("g00/c00", 0)])


def test_a_correction_that_fails_loses_no_other_candidate(tmp_path) -> None:
    """As where the longer prompt is too long for the model: again on every resume."""
    too_long = in_turn(WRONG, LLMError("prompt too long"))
    played = Model(tmp_path, lambda r: too_long(r) if r.label == "g00/c00" else FIRST)
    lost, made = played.propose([brief(0), brief(1)])
    assert lost == Unanswered("prompt too long")
    assert made.reply == FIRST


def test_only_what_got_no_answer_is_asked_again(tmp_path) -> None:
    """As on resume: the faulty reply is paid and kept, its correction is not."""
    failing = Model(tmp_path, in_turn(WRONG, LLMError("down")))
    failing.propose([brief()])
    again = Model(tmp_path, in_turn(WRONG, FIRST))
    (made,) = again.propose([brief()])
    assert again.asked == [("g00/c00", 1)]
    assert made.reply == FIRST


# The critic.


def test_the_critic_objects_once_and_then_approves(tmp_path) -> None:
    critic = in_turn(OBJECT, "APPROVE")
    played = Model(tmp_path, by_role(in_turn(FIRST, SECOND), critic=critic))
    (made,) = played.propose([brief(1, critic=3)])
    labels = ("g00/c01", "g00/c01/critic")
    assert played.asked == [(label, attempt) for attempt in (0, 1) for label in labels]
    assert made.reply == SECOND
    assert f"- {OBJECTION}\n" in played.said_to("g00/c01", 1)
    assert "First." in played.said_to("g00/c01/critic", 0)
    assert "Second." in played.said_to("g00/c01/critic", 1)


def test_a_critic_that_always_objects_has_so_many_rounds(tmp_path) -> None:
    played = Model(tmp_path, by_role(in_turn(FIRST, SECOND), critic=OBJECT))
    (made,) = played.propose([brief(critic=2)])
    labels = [label for label, _ in played.asked]
    assert labels.count("g00/c00/critic") == 2
    assert labels.count("g00/c00") == 3
    assert made.reply == SECOND


@pytest.mark.parametrize("answer", [WRONG, "no code", LLMError("down")])
def test_a_broken_answer_to_an_objection_keeps_the_reward_that_ran(
    tmp_path, answer: Answer
) -> None:
    played = Model(tmp_path, by_role(in_turn(FIRST, answer), critic=OBJECT))
    (made,) = played.propose([brief(critic=3)])
    assert (made.reply, made.problems) == (FIRST, ())
    assert [label for label, _ in played.asked].count("g00/c00") == 2


@pytest.mark.parametrize("answer", [LLMError("down"), "", "It is all wrong."])
def test_a_critic_that_fails_approves(tmp_path, answer: Answer) -> None:
    played = Model(tmp_path, by_role(FIRST, critic=answer))
    (made,) = played.propose([brief(critic=3)])
    assert played.asked == [("g00/c00", 0), ("g00/c00/critic", 0)]
    assert made.reply == FIRST


def test_a_reward_is_mended_before_it_is_criticised(tmp_path) -> None:
    played = Model(tmp_path, by_role(in_turn(WRONG, FIRST), critic="APPROVE"))
    played.propose([brief(critic=1)])
    critic = ("g00/c00/critic", 1)
    assert played.asked == [("g00/c00", 0), ("g00/c00", 1), critic]


def test_the_critic_reads_a_sign_reward_as_it_is_trained(tmp_path) -> None:
    played = Model(tmp_path, by_role(SIGNS, critic="APPROVE"))
    (made,) = played.propose([brief(critic=1, form="sign")])
    assert "0.1 * np.sign(" in made.source
    assert "0.1 * np.sign(" in played.said_to("g00/c00/critic")


# Files.


def test_every_prompt_and_reply_is_kept_under_its_label(tmp_path) -> None:
    critic = in_turn(OBJECT, "APPROVE")
    played = Model(
        tmp_path,
        by_role(in_turn(FIRST, SECOND), critic=critic, analyst="Oh.", subgoals=WAY),
    )
    one = brief(1, parent(0), critic=3, analyst=True, subgoals=True)
    played.propose([one])
    kept = {
        str(path.relative_to(played.run)): path.read_text()
        for path in played.run.rglob("*.md")
    }
    replies = {
        "g00/c01/reply.md": FIRST,
        "g00/c01/reply-1.md": SECOND,
        "g00/c01/critic/reply.md": OBJECT,
        "g00/c01/critic/reply-1.md": "APPROVE",
        "g00/analyst-g00-c00/reply.md": "Oh.",
        "subgoals/reply.md": WAY,
    }
    assert {name: kept[name] for name in kept if "reply" in name} == replies
    prompts = {name.replace("reply", "prompt") for name in replies}
    assert {name for name in kept if "prompt" in name} == prompts
    again = kept["g00/c01/prompt-1.md"]
    roles = [line for line in again.splitlines() if line.startswith("[")]
    assert roles == ["[system]", "[user]", "[assistant]", "[user]"]


def test_a_reply_that_a_person_wrote_is_not_overwritten(tmp_path) -> None:
    played = Model(tmp_path, in_turn(FIRST))
    path = played.run / "g00" / "c00" / "reply.md"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    played.propose([brief(model="manual")])
    assert path.read_text() == "mine"


def test_what_lies_in_a_folder_is_the_reply_that_was_trained(tmp_path) -> None:
    """After a reply that was cut off and a resume the model is asked again."""
    played = Model(tmp_path, in_turn(FIRST))
    path = played.run / "g00" / "c00" / "reply.md"
    path.parent.mkdir(parents=True)
    path.write_text("half a rep")
    played.propose([brief()])
    assert path.read_text() == FIRST
