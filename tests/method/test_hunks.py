"""How changes are grouped: one hunk is one idea. Hunks are written [before→after], as in the sentence they stand in."""

from __future__ import annotations

import random
import re

import pytest

from citing_app.method.diff import Part, changed_share, diff, kept_text

GRAPHEMES = [
    *("a", "e\u0301", "n\u0303\u0323", "क\u093f", "ग\u0941", "กำ", "ที่", "か\u3099", "ﾊﾞ", "각", "각", "中"),
    *("👩‍👩‍👧‍👦", "👍🏽", "🇨🇭", "🇨🇳", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤️‍🔥", "1️⃣", "ש\u05c1", "ب\u0651\u064e", " \u0301", " ", "."),
]


def shown(parts: list[Part]) -> str:
    return "".join(f"[{part.before}→{part.after}]" if part.changed else part.before for part in parts)


def sides(marked: str) -> tuple[str, str]:
    """The draft and the revision that a marked text stands for."""
    return re.sub(r"\[(.*?)→.*?\]", r"\1", marked, flags=re.S), re.sub(r"\[.*?→(.*?)\]", r"\1", marked, flags=re.S)


GROUPED = {
    "changes two words apart are one idea": "keep [old one two old→new one two new] keep",
    "three words between small changes part them": "keep [old→new] one two three [old→new] keep",
    "short beside the changes around it, a common stretch is swallowed": "He [walked slowly down to the old harbour in "
    "the evening rain→ran happily along up to the sunny town square in bright morning light] today.",
    "eight words part even large changes": "[Our shop is sadly closed on every Monday in winter because→Come in when "
    "you like, bring all your friends along since] we only have two young people working here [although nobody ever "
    "told us that it would matter→who love their work, always glad of company].",
    "a sentence's end parts small changes": "We keep an [old→new] a. [Old→New] things stay.",
    "a line's end parts small changes": "keep [old→new] a\nb [old→new] keep",
    "a paragraph parts even large changes": "[Dear customer, we regret that we are closed→Hi there! Come in whenever "
    "you like].\n\n[Please write to our office instead→The shop around the corner never closes].",
    "a full stop alone does not part two sentences written anew": "[The shop on the corner of our street is closed on "
    "all Mondays. Nobody has ever been told the reason→Come in whenever you like and bring friends along. Doors stay "
    "open right through every night].",
    "a deleted sentence goes with its space": "One stays. [This one goes. →]Two stays.",
    "a last sentence goes with the space before it": "One stays.[ This one goes.→]",
    "an inserted line is a whole line": "Milk\n[→Sugar\n]Salt",
    "an inserted word goes with its space": "The sky is [→very ]blue.",
    "a repeated word slides to the start of its sentence": "It is so. [It is new. →]It is old.",
    "an edited sentence and the deleted one after it are two hunks": "You pay [50→60 euros].[ What a saving.→]",
    "an edited sentence and the new one after it are two hunks": "You pay [50→60 euros]. [→Ask for a bill. ]Goodbye.",
    "an addition and the deleted sentence after it are two hunks": "It is long[→, but narrow].[ Many people visit.→]",
    "a sentence deleted before an edited one does not swallow its beginning": "Sad. [Get a new pet. →]I am here "
    "[→all evening ]for you.",
    "words added before and behind a name at the start are one hunk": "[Ivan is→In Ivan was] a book.",
    "numbers are words": "Pay [1,260.50→1,260.75] in cash before they close at [5:15→5:20].",
    "a number that opens a line ends no sentence": "Mix.\n[4. Stir→3. Fold]\nBake.",
    "spaces alone": "a b[ →  ]c d",
    "Chinese by character": "天空[→看起来]是红色的天空和海[洋→水]。",
    "a Chinese sentence's end": "北京是中国的首都[→，人口多]。它有很长的历史[→，也有古迹]。",
    "a Chinese sentence goes without a space": "它是首都。[它很大。→]我们喜欢它。",
    "kana by character": "空が[青→赤]いのは夕方です",
    "Arabic": "مرحبا بالعالم [الجميل→الكبير] اليوم",
    "Hindi": "नमस्ते [दुनिया→मित्र] आज",
    "a letter with its mark": "my [cafe→cafe\u0301] here",
    "an emoji with its joiners": "hi [👩‍👩‍👧→👩‍👩‍👧‍👦] there you all",
}


@pytest.mark.parametrize("marked", GROUPED.values(), ids=GROUPED.keys())
def test_one_hunk_is_one_idea(marked: str) -> None:
    assert shown(diff(*sides(marked))) == marked


def test_a_total_rewrite_is_one_hunk() -> None:
    draft = "The capital of the country is a very large city, and it is known for the old harbour. Many go there."
    revision = "Few know that Bern, on the Aare, is not a capital by law; a bear is its sign, and trams cross the town."
    assert changed_share(draft, revision) < 1
    assert len(diff(draft, revision)) <= 3


def test_dropping_any_hunk_leaves_no_double_space_and_no_words_run_together() -> None:
    draft = "One is here. Two was here. Three is a number. Four goes."
    revision = "One is still here. Three is a fine number, as is Five. Six comes."
    parts = diff(draft, revision)
    hunks = sum(part.changed for part in parts)
    assert hunks > 2
    for kept in range(2**hunks):
        text = kept_text(parts, {number + 1 for number in range(hunks) if kept >> number & 1})
        assert re.fullmatch(r"(\w+,?( \w+,?)*\.( |$))+", text), text


def test_no_grapheme_is_ever_cut() -> None:
    chance = random.Random(5)
    for _ in range(300):
        draft, revision = (chance.choices(GRAPHEMES, k=chance.randint(1, 25)) for _ in range(2))
        parts = diff("".join(draft), "".join(revision))
        for graphemes, cut in ((draft, [part.before for part in parts]), (revision, [part.after for part in parts])):
            assert edges(cut) <= edges(graphemes)


def edges(pieces: list[str]) -> set[int]:
    return {sum(map(len, pieces[:count])) for count in range(len(pieces) + 1)}


def numbered_words(name: str, count: int, sentence: int) -> list[str]:
    """`count` different words, in sentences of so many."""
    return [f"{name}{n}." if n % sentence == sentence - 1 else f"{name}{n}" for n in range(count)]


def test_above_the_bound_equal_sentences_are_found_and_the_words_between_them_where_those_are_few() -> None:
    draft, revision = numbered_words("a", 20_000, 10), numbered_words("b", 20_000, 10)
    equal = "One equal sentence between all the others is not lost."
    near = "is near enough to that one to be found"
    far = "is too far from any of them to be found"
    for start, words in ((5_000, equal.split()), (2_000, near.split()), (15_000, far.split())):
        draft[start : start + len(words)] = revision[start : start + len(words)] = words
    parts = diff(" ".join(draft), " ".join(revision))
    kept = "".join(part.before for part in parts if not part.changed)
    assert equal in kept
    assert near in kept
    assert "too far" not in kept
    assert kept_text(parts, []) == " ".join(draft)


def test_above_the_bound_two_texts_without_a_common_sentence_are_one_hunk_between_their_common_ends() -> None:
    draft, revision = " ".join(numbered_words("a", 8_000, 10)), " ".join(numbered_words("b", 8_000, 10))
    middle = " the same few words "
    parts = diff(f"Begin {draft}{middle}{draft} end", f"Begin {revision}{middle}{revision} end")
    assert shown(parts).startswith("Begin [")
    assert sum(part.changed for part in parts) == 1


@pytest.mark.parametrize(
    ("draft", "revision", "hunks"),
    [
        ("word " * 5_000, "word " * 4_000, 1),
        ("x" * 200_000, "x" * 100_000 + "y" * 100_000, 1),
        ("天" * 100_000, "地" * 100_000, 1),
        ("天" * 100_000, "天" * 50_000 + "地" + "天" * 50_000, 1),
        ("e" + "\u0301" * 100_000, "e" + "\u0301" * 99_999, 1),
        ("\n" * 100_000, "a\n" * 50_000, 1),
    ],
    ids=["one word", "no spaces", "CJK, nothing common", "CJK, one inserted", "marks", "lines"],
)
def test_a_trap_for_quadratic_work_has_a_plain_answer(draft: str, revision: str, hunks: int) -> None:
    parts = diff(draft, revision)
    assert kept_text(parts, range(1, hunks + 1)) == revision
    assert sum(part.changed for part in parts) == hunks
