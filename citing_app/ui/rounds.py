"""The rounds page: one button trains on everything accepted; every round is watched live and found again."""

from __future__ import annotations

from dataclasses import asdict

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.kinds import kinds_view
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows.candidates import estimating, sampling
from citing_app.workflows.candidates.requests import Sample
from citing_app.workflows.evaluation.figures import summary
from citing_app.workflows.evaluation.figures.summary import AfterRoundView
from citing_app.workflows.rounds import queue, supervising, training
from citing_app.workflows.rounds.choices import Choices, StartRound
from citing_app.workflows.rounds.requests import ListRounds, MoveRound, OneRound, RoundDetail
from citing_app.workflows.rounds.training_set import held_out_sets, learned_criteria
from citing_app.workflows.rounds.view import (
    MadeFrom,
    RoundsList,
    RoundView,
    made_from,
    round_view,
    rounds_list,
    untrained,
)
from citing_app.workflows.studio import Studio


class PageView(RoundsList):
    """The rounds, how many accepted revisions wait, and what the form offers."""

    untrained: int
    launchers: list[str]
    judges: list[str]


class RoundsPage(Panel):
    """Drawn by assets/pages/rounds.js."""

    script = "rounds"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio, {"kinds": kinds_view(), "whys": StartRound.whys()})

    @served
    def rounds(self, asked: ListRounds, person: Person) -> PageView:
        """The list, which is asked for again and again, and what the form offers."""
        return {
            **rounds_list(self.studio, asked.mark),
            "untrained": untrained(self.studio),
            "launchers": list(self.studio.launchers.named),
            "judges": [judge.name for judge in self.studio.judges if judge.model],
        }

    @served
    def round_detail(self, asked: RoundDetail, person: Person) -> RoundView:
        """One round, or what is new of it."""
        return round_view(self.studio, asked.round, asked.seen)

    @served
    def after_round(self, asked: OneRound, person: Person) -> AfterRoundView:
        """Whether a round made the student better."""
        return summary.after_round(self.studio.store, asked.round)

    @served
    def round_made_from(self, asked: OneRound, person: Person) -> MadeFrom:
        """What made a round."""
        return made_from(self.studio, asked.round)

    @served
    def plan(self, asked: StartRound, person: Person) -> Body:
        """What a round would do, and what else its form offers."""
        planned = training.plan(self.studio, Choices.by(asked), self.studio.device_info())
        return {
            **asdict(planned),
            "held_out_sets": held_out_sets(self.studio.store),
            "criteria": learned_criteria(self.studio.store),
        }

    @served
    @owners_may("train a round")
    def start_round(self, asked: StartRound, person: Person) -> Body:
        """Put a round into the queue."""
        return {"round": training.start_round(self.studio, Choices.by(asked), person.name)}

    @served
    @owners_may("train a round")
    def repeat_round(self, asked: OneRound, person: Person) -> Body:
        """Put a round into the queue that learns what another one did."""
        return {"round": training.repeat_round(self.studio, asked.round, person.name)}

    @served
    @owners_may("train a round")
    def resume_round(self, asked: OneRound, person: Person) -> Body:
        """Go on with a round from its newest checkpoint."""
        supervising.resume_round(self.studio, asked.round)
        return {}

    @served
    @owners_may("reorder the queue")
    def move_round(self, asked: MoveRound, person: Person) -> Body:
        """Move a round one place in the queue."""
        queue.move_round(self.studio, asked.round, asked.up)
        return {}

    @served
    @owners_may("cancel a round")
    def cancel_round(self, asked: OneRound, person: Person) -> Body:
        """Stop a round; what it has learned is lost."""
        training.cancel_round(self.studio, asked.round)
        return {}

    @served
    @owners_may("sample candidates")
    def sampling_estimate(self, asked: Sample, person: Person) -> Body:
        """How many texts sampling takes, and what its judge's calls cost."""
        return {**estimating.estimate(self.studio, asked)}

    @served
    @owners_may("sample candidates")
    def sample(self, asked: Sample, person: Person) -> Body:
        """Start sampling in the background."""
        sampling.start_sampling(self.studio, asked)
        return {}
