"""The rounds page: one button trains on everything accepted; every round is watched live and found again."""

from __future__ import annotations

from dataclasses import asdict

from citing_app.types import Person
from citing_app.ui.components import Body, ServerFunction, script_panel
from citing_app.ui.kinds import kinds_view
from citing_app.ui.people import owners_may
from citing_app.workflows.candidates import estimating, sampling
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.evaluation.figures import summary
from citing_app.workflows.rounds import queue, supervising, training
from citing_app.workflows.rounds.choices import Choices, StartRound
from citing_app.workflows.rounds.requests import ListRounds, MoveRound, OneRound, RoundDetail
from citing_app.workflows.rounds.training_set import held_out_sets, learned_criteria
from citing_app.workflows.rounds.view import made_from, round_view, rounds_list, untrained
from citing_app.workflows.studio import Studio


def rounds_page(studio: Studio) -> None:
    """Draw the page; its script is assets/rounds.js."""

    def rounds(asked: ListRounds, person: Person) -> Body:
        return {
            **rounds_list(studio, asked.mark),
            "untrained": untrained(studio),
            "launchers": list(studio.launchers.named),
            "judges": [judge.name for judge in studio.judges if judge.model],
        }

    def round_detail(asked: RoundDetail, person: Person) -> Body:
        return round_view(studio, asked.round, asked.seen)

    def after_round(asked: OneRound, person: Person) -> Body:
        return summary.after_round(studio.store, asked.round)

    def plan(asked: StartRound, person: Person) -> Body:
        planned = training.plan(studio, Choices.by(asked), studio.device_info())
        return {
            **asdict(planned),
            "held_out_sets": held_out_sets(studio.store),
            "criteria": learned_criteria(studio.store),
        }

    @owners_may("sample candidates")
    def sampling_estimate(asked: Sample, person: Person) -> Body:
        return {**estimating.estimate(studio, asked)}

    @owners_may("train a round")
    def start_round(asked: StartRound, person: Person) -> Body:
        return {"round": training.start_round(studio, Choices.by(asked), person.name)}

    @owners_may("sample candidates")
    def sample(asked: Sample, person: Person) -> Body:
        sampling.start_sampling(studio, asked)
        return {}

    @owners_may("train a round")
    def repeat_round(asked: OneRound, person: Person) -> Body:
        return {"round": training.repeat_round(studio, asked.round, person.name)}

    @owners_may("train a round")
    def resume_round(asked: OneRound, person: Person) -> Body:
        supervising.resume_round(studio, asked.round)
        return {}

    @owners_may("reorder the queue")
    def move_round(asked: MoveRound, person: Person) -> Body:
        queue.move_round(studio, asked.round, asked.up)
        return {}

    def round_made_from(asked: OneRound, person: Person) -> Body:
        return made_from(studio, asked.round)

    @owners_may("cancel a round")
    def cancel_round(asked: OneRound, person: Person) -> Body:
        training.cancel_round(studio, asked.round)
        return {}

    given = {"kinds": kinds_view(), "whys": StartRound.whys()}
    looks: list[ServerFunction] = [rounds, round_detail, after_round, round_made_from, plan]
    acts: list[ServerFunction] = [
        start_round,
        cancel_round,
        repeat_round,
        resume_round,
        move_round,
        sample,
        sampling_estimate,
    ]
    script_panel("rounds", [*looks, *acts], given=given)
