"""What a trainer tells while it measures."""

from __future__ import annotations

from pathlib import Path

from citing_app.rounds.events import EventLog, read_events
from citing_app.worker.reporting import StepReport


class Eager(StepReport):
    """Tells of every batch."""

    pause = 0.0


def test_how_far_a_measurement_is_is_told_now_and_then_and_never_of_one_that_takes_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    report = Eager(EventLog(path), None, 0)
    report.evaluation_begins()
    report.measured(2, 33)
    report.measured(4, 33)
    patient = StepReport(EventLog(path), None, 0)
    patient.comparing_begins()
    patient.measured(2, 8)
    told = [{name: value for name, value in event.items() if name != "at"} for event in read_events(path)]
    assert told == [
        {"kind": "state", "state": "evaluating"},
        {"kind": "measured", "done": 2, "of": 33},
        {"kind": "measured", "done": 4, "of": 33},
        {"kind": "state", "state": "comparing"},
    ]
