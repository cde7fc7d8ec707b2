"""The names of jobs: who starts one and who asks whether it runs must say the same."""

from __future__ import annotations

from typing import Annotated

from citing_app.workflows.request import Request, Text

IMPORT_JOB, EMBEDDER_JOB, STUDENT_JOB, ASSIGN_JOB, DRAFT_JOB, REVISE_JOB = (
    "import_curriculum",
    "prepare_embedder",
    "prepare_student",
    "assign",
    "draft",
    "revise",
)
CURRICULUM_JOB = "curriculum"
RACE_JOB = "race"
EVALUATE_JOB = "evaluate"
STRENGTHS_JOB = "strengths"
COMPARE_JOB = "compare"
SAMPLE_JOB = "sample"
FETCH_JOB = "fetch_student"
ASK_JOB = "asking both for "
_ROUND_JOB = "round "


class OneJob(Request):
    """A job, by its name, which may hold a model's."""

    name: Annotated[str, Text("The job", 300)]


def round_job(number: int) -> str:
    """The name of the job that trains this round."""
    return f"{_ROUND_JOB}{number}"


def may_lose_rows(name: str) -> bool:
    """Whether instructions may go while the job runs: it holds none by name, or only what nothing can take from it."""
    return name.startswith(_ROUND_JOB) or name in (IMPORT_JOB, EMBEDDER_JOB, STUDENT_JOB, ASSIGN_JOB, FETCH_JOB)


def is_retried(name: str) -> bool:
    """Whether the job can be done again as it was: what trains rounds says on its own page how it goes on, and a prompt
    that two models answered alike is answered so again."""
    return not name.startswith((_ROUND_JOB, ASK_JOB)) and name not in (CURRICULUM_JOB, RACE_JOB)
