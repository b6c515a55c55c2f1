"""Facts of the task and of its training in a prompt, and which advice goes first."""

from dataclasses import replace

from designer.rewards.bank import random_bank
from envs.make import load_task
from tests.designer.handmade import brief, full, text


def test_fields_are_told_with_their_start_and_their_range() -> None:
    said = text(brief())
    assert "        # at the start 1.25; so far " in said  # the height, +- 0.005
    assert "        # at the start 0 each; so far " in said
    pusher = load_task("pusher-push")
    said = text(replace(brief(), task=pusher, bank=random_bank(pusher, 0)))
    (line,) = [x for x in said.splitlines() if " to -0.275" in x or ", -0.275; " in x]
    assert " to " in line.split("; so far")[0]  # the cylinder begins anywhere


def test_the_policy_is_told_to_be_judged_without_noise() -> None:
    assert "the metric judges it without, in" in text(brief())


def test_a_kept_approach_goes_before_the_analyst() -> None:
    heard = replace(full().feedback, analysis="Drop the term.")
    for framing, is_kept in (("tune", True), ("explore", False)):
        said = text(replace(full(framing), feedback=heard))
        assert ("keep to this approach" in said) == is_kept
    assert "keep to this approach" not in text(full("tune"))
