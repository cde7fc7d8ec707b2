"""The Race page: kinds of round side by side under one budget, planned, watched, and their table at the end."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows.evaluation.figures.metrics import named
from citing_app.workflows.race import control
from citing_app.workflows.race.offering import RaceOffer, methods_offered, race_offer
from citing_app.workflows.race.planning import planned
from citing_app.workflows.race.settings import OneRace, StartRace
from citing_app.workflows.race.table import COLUMNS
from citing_app.workflows.race.telling import PlanView, plan_view, race_among
from citing_app.workflows.race.view import ListedRace, RaceView, race_tables, race_view, races_list
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


class PageView(RaceOffer):
    """The races there are, and what the form offers."""

    races: list[ListedRace]


class RacePage(Panel):
    """Drawn by assets/pages/race.js."""

    script = "race"

    def __init__(self, studio: Studio) -> None:
        metrics = {metric: named(metric)["name"] for _, metric in COLUMNS}
        super().__init__(studio, {"methods": methods_offered(), "metrics": metrics, "whys": StartRace.whys()})

    @served
    def races(self, asked: Request, person: Person) -> PageView:
        """The races, newest first, and what the form offers."""
        return {"races": races_list(self.studio), **race_offer(self.studio)}

    @served
    def race_progress(self, asked: OneRace, person: Person) -> RaceView:
        """How far a race is: asked for again and again while it runs."""
        return race_view(self.studio, asked.race)

    @served
    def race_tables(self, asked: OneRace, person: Person) -> Body:
        """What a race has measured, which takes seconds to work out."""
        return {"tables": race_tables(self.studio, asked.race)}

    @served
    def race_plan(self, asked: StartRace, person: Person) -> PlanView:
        """What a race would do, before it starts."""
        return plan_view(planned(self.studio, asked))

    @served
    @owners_may("start a race")
    def start_race(self, asked: StartRace, person: Person) -> Body:
        """Start a race in the background."""
        return {"race": control.start(self.studio, asked, person.name)}

    @served
    @owners_may("pause a race")
    def pause_race(self, asked: OneRace, person: Person) -> Body:
        """Stop at the next safe point."""
        control.pause(self.studio, asked.race)
        return {}

    @served
    @owners_may("continue a race")
    def continue_race(self, asked: OneRace, person: Person) -> Body:
        """Go on with the run that has not ended."""
        control.go_on(self.studio, asked.race)
        return {}

    @served
    @owners_may("cancel a race")
    def cancel_race(self, asked: OneRace, person: Person) -> Body:
        """End it for good."""
        control.cancel(self.studio, asked.race)
        return {}

    @served
    @owners_may("save a report")
    def race_report(self, asked: OneRace, person: Person) -> Body:
        """Write a race where it can be downloaded."""
        return {"file": str(race_among(self.studio, asked.race))}
