"""What pages show to owners alone, asked of their panels without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from citing_app.errors import CitingError
from citing_app.settings import Settings
from citing_app.types import Person
from citing_app.ui.adapters import AdaptersPanel
from citing_app.ui.data import DataPanel
from citing_app.ui.insights import InsightsPage
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.data.requests import OneDataset
from citing_app.workflows.desk.requests import Figures, SetOverlap
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio, open_studio
from tests.seeding import pairs

OWNER, ANNOTATOR = Person("ada", "owner"), Person("ben", "annotator")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("roles")
    opened = open_studio(Settings(folder / "data", folder / "cache"))
    import_rows(opened.store, pairs(4), "mine")
    yield opened
    opened.close()


def test_what_was_exported_is_told_to_owners_alone(studio: Studio) -> None:
    panel = AdaptersPanel(studio)
    shown = panel.adapters_tree(Request(), ANNOTATOR)
    assert shown == {"student": studio.chosen.name, "base": [], "adapters": []}
    assert panel.adapters_tree(Request(), OWNER) == {**shown, "exports": {"base": {}}}


def test_how_many_people_decide_is_told_and_asked_of_owners_alone(studio: Studio) -> None:
    page = InsightsPage(studio)
    assert page.people(Request(), ANNOTATOR)["overlaps"] == []
    page.set_overlap(SetOverlap.of({"dataset": "mine", "share": 0.5, "slots": 3}), OWNER)
    (mine,) = [one for one in page.people(Request(), OWNER)["overlaps"] if one["dataset"] == "mine"]
    assert (mine["share"], mine["slots"]) == (0.5, 3)


def test_figures_say_what_they_are_grouped_by(studio: Studio) -> None:
    shown = InsightsPage(studio).figures(Figures.of({"by": "teacher"}), ANNOTATOR)
    assert shown == {"by": "teacher", "all": None, "groups": []}


def test_a_data_set_is_looked_at_before_it_goes_and_a_wrong_one_is_told(studio: Studio) -> None:
    panel = DataPanel(studio)
    assert panel.dataset_goes(OneDataset.of({"dataset": "mine"}), OWNER)["rows"] == 4
    assert [one["name"] for one in panel.overview(Request(), ANNOTATOR)["datasets"]] == ["mine"]
    with pytest.raises(CitingError):
        panel.dataset_goes(OneDataset.of({"dataset": "nobody's"}), OWNER)
