"""The Comparisons page: which of two models answers better, by a judge, with the texts behind every count."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.data import model_numbers
from citing_app.ui.panel import Panel, served
from citing_app.ui.people import owners_may
from citing_app.workflows import status
from citing_app.workflows.evaluation.figures.metrics import named
from citing_app.workflows.evaluation.judge import comparing, estimating
from citing_app.workflows.evaluation.judge.comparison_texts import ComparisonTextsView, comparison_texts
from citing_app.workflows.evaluation.judge.comparisons_view import ComparisonsView, comparisons_view
from citing_app.workflows.evaluation.judge.ratings_view import RatingsView, ratings_view
from citing_app.workflows.evaluation.requests import CLOSENESS, Compare, ComparisonTexts, ListComparisons, OneJudge
from citing_app.workflows.evaluation.test_sets import unfrozen


class PageView(ComparisonsView):
    """What was compared, and what can be: the numbers of rounds from the newest, data sets, measures of closeness.

    `may_compare`: whether this person may start a comparison. `closeness`: what each measure is called.
    """

    may_compare: bool
    models: list[int]
    datasets: list[str]
    closeness: dict[str, str]


class ComparisonsPage(Panel):
    """Drawn by assets/pages/comparisons.js."""

    script = "comparisons"

    @served
    def comparisons(self, asked: ListComparisons, person: Person) -> PageView:
        """The win rates on a test set, and what the form offers."""
        return {
            **comparisons_view(self.studio, asked),
            "may_compare": person.is_owner,
            "models": model_numbers(self.studio),
            "datasets": [row["name"] for row in status.summary(self.studio)["datasets"]],
            "closeness": {one: named(one)["name"] for one in CLOSENESS},
        }

    @served
    def comparison_texts(self, asked: ComparisonTexts, person: Person) -> ComparisonTextsView:
        """The comparisons behind a count."""
        return comparison_texts(self.studio.store, asked)

    @served
    def ratings(self, asked: OneJudge, person: Person) -> RatingsView:
        """All models on one scale, by one judge."""
        return ratings_view(self.studio.store, asked)

    @served
    @owners_may("compare models")
    def comparison_estimate(self, asked: Compare, person: Person) -> Body:
        """What a comparison would take and what it can show."""
        return {"estimates": estimating.estimates(self.studio, asked)}

    @served
    @owners_may("compare models")
    def compare(self, asked: Compare, person: Person) -> Body:
        """Start comparing in the background; the hash of the test set that it is on."""
        comparing.start(self.studio, asked)
        return {"test_set": unfrozen(self.studio.store, asked.test_set or None, asked.items, asked.part).test_set}
