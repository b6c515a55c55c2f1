"""The gate for text from outside, and what may name a term."""

import pytest

from sandbox.text import clean, is_term_name, letter_name, odd_letter, one_line

GATE = {
    "what anybody types": ("x = 1\n\ty  # µ, é, 速\n", "x = 1\n\ty  # µ, é, 速\n"),
    "colours of a terminal": ("\x1b[31mred\x1b[0m", "red"),
    "the title of a terminal": ("a\x1b]0;title\x07b", "ab"),
    "a lone escape": ("a\x1b", "a"),
    "bells and nulls": ("a\x07\x00\x08b\x7f\x9b", "ab"),
    "line ends of other systems": ("a\r\nb\rc", "a\nb\nc"),
    "both halves of a pair": ("\ud83d\ude80", "\U0001f680"),
    "halves in the wrong order": ("\ude80\ud83d", "\ufffd\ufffd"),
    "a lone half": ("a\ud83db", "a\ufffdb"),
    "no width": ("re\u200bwa\u2060rd\ufeff", "reward"),
    "another direction": ("a\u202eb\u2066c", "abc"),
    "soft hyphen": ("re\u00adward", "reward"),
    "letters without a picture": ("a\u3164b\u115fc\U000e0100d\u2800e", "abcde"),
    "tags that only machines read": ("a\U000e0041b", "ab"),
    "spaces of all kinds": ("a\u00a0b\u2003c\u3000d\u2028e", "a b c d e"),
    "letters for private use": ("a\ue000b", "ab"),
}


@pytest.mark.parametrize(("text", "expected"), GATE.values(), ids=GATE)
def test_what_passes_can_be_stored_and_printed(text: str, expected: str):
    assert clean(text) == expected
    assert clean(clean(text)) == clean(text)
    clean(text).encode()


def test_no_more_than_so_many_characters_pass():
    assert clean("ab" * 100, 7) == "abababa"


def test_a_line_is_one_line_and_shows_that_it_was_cut():
    assert one_line("a\n b\t\x1b[1mc ", 10) == "a b c"
    assert one_line("abcdef", 4) == "abc…"


NAMES = """
    x, _x2, forward_velocity, Forward reward, height-bonus, vel/x, x^2, dθ/dt,
    r_upright, term_100, step-2, a.b, Keep the torso up high, g_force, cos_g2
    """
NO_NAMES = """
    2x, [/b], a|b, `x`, <b>, 'x', "x", a\\b, \u0445, ve\u200bl, \x1b[1m, x = 9.9, a: b,
    x;y, $x$, a*b, {x}, fitness 999 (best 100), fitness 999, effort - up +9 s, x -9,
    fitness 9.5, fitness/999, fitness v9.5e3, x.99, height +1, vel (x), a + b,
    effort g00/c09, G1/C2, g00_c09, a  b, a b c d e f, x-, x.
    """


@pytest.mark.parametrize("name", [*map(str.strip, NAMES.split(",")), "n" * 64])
def test_names_that_models_give_are_names(name: str):
    assert is_term_name(name)


@pytest.mark.parametrize(
    "name", [*map(str.strip, NO_NAMES.split(",")), "", " x", "n" * 65, "a\nb", None]
)
def test_names_with_a_meaning_elsewhere_are_none(name: object):
    assert not is_term_name(name)


def test_letters_that_look_like_others_are_called_by_their_name():
    assert odd_letter("velocity_θ") == ""
    assert odd_letter("velосity") == "о"  # noqa: RUF001
    assert letter_name("о") == "'о' (U+043E, cyrillic small letter o)"  # noqa: RUF001
