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
COMPARE_JOB = "compare"
SAMPLE_JOB = "sample"
_ROUND_JOB = "round "


class OneJob(Request):
    """A job, by its name, which may hold a model's."""

    name: Annotated[str, Text("The job", 300)]


def round_job(number: int) -> str:
    """The name of the job that trains this round."""
    return f"{_ROUND_JOB}{number}"


def is_retried(name: str) -> bool:
    """Whether the job can be done again as it was: rounds and curricula say on their own pages how they go on."""
    return not name.startswith(_ROUND_JOB) and name != CURRICULUM_JOB
