"""A studio whose models a scripted judge compared: won, lost, tied, inconsistent and invalid comparisons."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import islice

from citing_app.method.identity import exact_hash
from citing_app.models.judge import Judge
from citing_app.models.openai_model import OpenAIModel
from citing_app.running.jobs import Job
from citing_app.settings import Settings
from citing_app.workflows.data.importing import import_rows
from citing_app.workflows.evaluation.judge.comparing import compare
from citing_app.workflows.evaluation.requests import Compare
from citing_app.workflows.studio import Studio, open_studio
from tests.scripted_student import ScriptedStudent, finished
from tests.seeding import instructions_in
from tests.teacher_server import TeacherServer, serving

JUDGE = "careful-judge"
_SKILL = {"": 2, "sft": 3, "round 2": 5}
_ASPECTS = ("articulate", "in_depth", "comprehensive")


def chance(*texts: str, of: int) -> int:
    """A number below `of` that is always the same for the same texts."""
    return int(exact_hash(*texts), 16) % of


def answer(weights: str, prompt: str) -> str:
    """The better a model, the more good points its answers tend to have; each fourth base answer is as SFT's."""
    if weights in ("", "sft") and chance(prompt, of=4) == 0:
        return "Both say this."
    if weights == "sft" and chance(prompt, of=9) == 1:
        return ""
    return f"To “{prompt}” {weights or 'base'} says: " + "good " * (chance(prompt, weights, of=4) + _SKILL[weights])


def judge(prompt: str) -> str:
    """More good points win; where they are close the first place does, and of one instruction nothing is readable."""
    texts = re.findall(r"<answer_[AB] \w+>\n(.*?)\n</answer_", prompt, re.DOTALL)
    a, b = (text.count("good") for text in texts)
    if chance(*sorted(texts), of=6) == 0:
        return "I would rather not say."
    overall = "tie" if a == b else "A" if a > b or b - a == 1 else "B"
    said = {one: overall if chance(one, *sorted(texts), of=3) else "tie" for one in _ASPECTS}
    return json.dumps({"reasons": f"A makes {a} good points and B makes {b}.", **said, "overall": overall})


def compared_studio(settings: Settings, rows: int) -> Studio:
    """The base model, an SFT round and one that goes on from it, compared on drafts by a judge and by reference."""
    opened = open_studio(settings)
    opened.student = ScriptedStudent(answer)
    texts = islice(instructions_in("test"), rows)
    import_rows(opened.store, [{"instruction": text, "output": f"good: {text}"} for text in texts], "school")
    finished(opened, 1, "sft", kind="sft")
    finished(opened, 2, "round 2", parent=1)
    with serving(TeacherServer(judge)) as server:
        judged = replace(opened, judges=(Judge(JUDGE, OpenAIModel(JUDGE, server.url, timeout=20.0)), *opened.judges))
        for asked in ({"model": 2}, {"model": 1}, {"model": 2, "opponents": [1], "judge": "reference"}):
            compare(judged, Compare.of(asked), Job("compare", "Comparing"))
    return opened
