"""`curriculum` on the command line: the whole algorithm, and wait for it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from citing_app.cli.console import prepared
from citing_app.errors import CitingError
from citing_app.workflows.curriculum import control
from citing_app.workflows.curriculum.settings import CurriculumSettings
from citing_app.workflows.curriculum.view import curricula_view, table
from citing_app.workflows.rounds.choices import OBJECTIVES, Choices
from citing_app.workflows.rounds.supervising import find_rounds
from citing_app.workflows.studio import Studio


def add_choices(parser: argparse.ArgumentParser) -> None:
    """The choices that a round and a curriculum share."""
    parser.add_argument("--objective", choices=OBJECTIVES, default="both", help="what is learned (the paper: revise)")
    parser.add_argument(
        "--replay",
        type=float,
        default=0.0,
        help="train answers mixed in, as a share of the other rows (against forgetting)",
    )
    parser.add_argument(
        "--adapter",
        choices=["carried", "new"],
        default="carried",
        help="carry one adapter on (the paper), or begin a new one on all revisions so far",
    )
    parser.add_argument(
        "--tokens",
        choices=["all", "changed"],
        default="all",
        help="all tokens alike, or changed ones more",
    )
    parser.add_argument(
        "--order",
        choices=["sampled", "edit_size", "easy"],
        default="sampled",
        help="as sampled, small edits first, or easy to hard",
    )
    parser.add_argument("--on", metavar="NAME", help="the launcher that runs it (default: the first one)")
    parser.add_argument("--seed", type=int, default=17, help="decides samples and weights (default: 17)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `curriculum`."""
    parser.add_argument("--rounds", type=int, default=3, help="how many rounds (default: 3)")
    parser.add_argument("--items", type=int, default=64, help="instructions in each (default: 64; the paper: 1000)")
    rule = parser.add_mutually_exclusive_group()
    rule.add_argument("--accept-pending", action="store_true", help="accept every revision without a person")
    rule.add_argument("--accept-below", type=float, metavar="SHARE", help="accept edits that change at most this share")
    rule.add_argument("--trust", action="append", metavar="CATEGORY", help="accept this category's (repeat for more)")
    parser.add_argument(
        "--sampling", choices=["same", "fresh"], default="fresh", help="the same instructions (the paper) or fresh ones"
    )
    parser.add_argument("--sft", action="store_true", help="begin with SFT, round 0, as the paper does")
    add_choices(parser)
    parser.add_argument("--evaluate", metavar="DATASET", help="measure rounds on this data set (default: test split)")
    parser.add_argument("--evaluate-items", type=int, default=32, help="how many answers are measured (0: none)")
    parser.add_argument("--continue", dest="go_on", action="store_true", help="go on with the one that has not ended")


def choices_from(flags: argparse.Namespace, **other: Any) -> Choices:
    """The choices in the flags of `add_choices`."""
    names = ("objective", "replay", "adapter", "tokens", "order", "seed")
    return Choices(**{name: getattr(flags, name) for name in names}, launcher=flags.on, **other)


def act(studio: Studio, flags: argparse.Namespace) -> tuple[Mapping[str, Any], str]:
    """Run the curriculum in this process, to its end."""
    if not (flags.accept_pending or flags.accept_below is not None or flags.trust):
        raise CitingError(
            "Say who decides: --accept-pending, --accept-below SHARE or --trust CATEGORY; people decide in the app."
        )
    job = prepared(studio)
    find_rounds(studio)
    if flags.go_on:
        number = control.reopen(studio.store, _unended(studio))
    else:
        number = control.add(studio, _settings(flags), studio.settings.annotator)
    try:
        control.run(studio, number, job)
    except KeyboardInterrupt:
        control.pause(studio, number)
        raise
    view = next(one for one in curricula_view(studio) if one["id"] == number)
    return view, table(view)


def _settings(flags: argparse.Namespace) -> CurriculumSettings:
    rule = "all" if flags.accept_pending else "small" if flags.accept_below is not None else "trusted"
    return CurriculumSettings(
        rounds=flags.rounds,
        items=flags.items,
        sampling=flags.sampling,
        sft=flags.sft,
        decide=rule,  # type: ignore[arg-type]
        below=flags.accept_below if flags.accept_below is not None else 0.3,
        trusted=tuple(flags.trust or ()),
        rest="leave",
        choices=choices_from(flags),
        evaluate=flags.evaluate,
        evaluate_items=flags.evaluate_items,
    )


def _unended(studio: Studio) -> int:
    number = next((one["id"] for one in curricula_view(studio) if one["state"] in ("running", "paused")), None)
    if number is None:
        raise CitingError("There is no curriculum to go on with.")
    return int(number)
