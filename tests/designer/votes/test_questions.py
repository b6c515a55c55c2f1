from designer.votes.ballots import LETTERS, Vote
from designer.votes.questions import Asking, Question, load_asking, next_question

POOL = tuple("abcdefgh")
ASKING = Asking(0, POOL, questions=6, clips=4, until=0.0, seed=7)


def answer(question: Question, number: int, rater: str = "anna") -> Vote:
    """Earlier in the alphabet is better."""
    letters = [LETTERS[question.shown.index(name)] for name in sorted(question.shown)]
    line = ">".join(letters)
    return Vote(number, 0.0, rater, question.generation, question.shown, line)


def all_of(asking: Asking, votes: list[Vote]) -> list[Question]:
    asked = []
    while question := next_question(asking, votes):
        asked.append(question)
        votes.append(answer(question, len(votes)))
    return asked


def test_every_clip_is_shown_before_any_is_shown_again():
    first, second = all_of(ASKING, [])[:2]
    assert sorted(first.shown + second.shown) == list(POOL)
    assert "have not been judged yet" in first.reason


def test_no_question_shows_a_clip_twice_and_none_is_asked_twice():
    asked = all_of(ASKING, [])
    assert all(len(set(q.shown)) == len(q.shown) for q in asked)
    assert len({frozenset(q.shown) for q in asked}) == len(asked) == 6


def test_no_two_clips_are_compared_twice_in_a_generation():
    pairs = Asking(0, POOL[:4], questions=9, clips=2, until=0.0, seed=7)
    asked = all_of(pairs, [])
    # Four clips make six pairs, however many questions there may be.
    assert len({frozenset(q.shown) for q in asked}) == len(asked) == 6


def test_late_questions_are_asked_to_each_person_anew():
    votes: list[Vote] = []
    for rater in ("anna", "ben"):
        asking = Asking(0, POOL[:4], 1, 4, 0.0, 7, rater=rater)
        question = next_question(asking, votes)
        assert question is not None
        votes.append(answer(question, len(votes), rater))
        assert next_question(asking, votes) is None


def test_a_pool_that_fits_into_one_question_is_asked_once():
    small = Asking(0, ("a", "b", "c"), questions=6, clips=4, until=0.0, seed=7)
    (question,) = all_of(small, [])
    assert sorted(question.shown) == ["a", "b", "c"]


def test_newcomers_meet_the_reward_that_leads_however_few_questions_there_are():
    votes = [answer(question, 0) for question in all_of(ASKING, [])[:1]]
    leading = min(votes[0].shown)
    newcomers = Asking(1, (leading, *"ijklmn"), 1, clips=4, until=0.0, seed=7)
    (question,) = all_of(newcomers, votes)
    assert leading in question.shown


def test_when_all_were_seen_the_winners_meet():
    first, second, third, *_ = all_of(ASKING, [])
    assert {min(first.shown), min(second.shown)} < set(third.shown)
    assert "may be the best" in third.reason


def test_one_clip_is_asked_about_in_words():
    alone = Asking(0, ("a",), questions=1, clips=4, until=0.0, seed=7)
    question = next_question(alone, [])
    assert question is not None
    assert question.shown == ("a",)
    assert next_question(alone, [Vote(0, 0.0, "anna", 0, ("a",), "?")]) is None


def test_votes_of_machines_answer_no_question_but_count_as_knowledge():
    question = next_question(ASKING, [])
    assert question is not None
    machine = next_question(ASKING, [answer(question, 0, "factors")])
    assert machine is not None
    assert machine.number == 1
    assert set(machine.shown) != set(question.shown)


def test_letters_are_shuffled_by_the_seed_and_not_by_name():
    orders = {
        next_question(Asking(0, POOL[:4], 1, 4, 0.0, seed), []).shown
        for seed in range(20)
    }
    assert len(orders) > 10


def test_only_the_open_pairs_are_asked_where_they_are_given():
    open_pairs = (("a", "b"), ("c", "d"))
    asking = Asking(0, POOL, 6, 4, 0.0, 7, open_pairs)
    assert {frozenset(q.shown) for q in all_of(asking, [])} == set(
        map(frozenset, open_pairs)
    )


def test_what_is_asked_can_be_read_by_others(tmp_path):
    assert load_asking(tmp_path) is None
    for asking in (ASKING, Asking(1, POOL, 2, 2, 9.5, 3, (("a", "b"),))):
        asking.save(tmp_path)
        assert load_asking(tmp_path) == asking
