"""Flags before environment before defaults, and a key that shows nowhere."""

from __future__ import annotations

import argparse
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from citing_app.errors import CitingError
from citing_app.models.judge import BY_REFERENCE
from citing_app.models.openai_model import OpenAIModel
from citing_app.settings import Settings, add_flags, add_server_flags, from_flags, source_of, usual
from citing_app.workflows.calls.models import make_judges, make_teachers

ROOT = Path(__file__).resolve().parent.parent
KEY = "sk-very-secret-0123456789"


def settings(arguments: list[str], environment: dict[str, str], server: bool = True) -> Settings:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    if server:
        add_server_flags(parser)
    return from_flags(parser.parse_args(arguments), environment)


def test_flags_win_over_the_environment(tmp_path: Path) -> None:
    environment = {"CITING_DATA_DIR": "/elsewhere", "CITING_TEACHER_URL": "http://environment/v1"}
    given = ["--data-dir", str(tmp_path), "--teacher-url", "http://flag/v1", "--teacher", "m", "--student", "s"]
    found = settings([*given, "--host", "127.0.0.2", "--port", "7861"], environment)
    assert (found.data_dir, found.teacher_url, found.teachers, found.student) == (
        tmp_path,
        "http://flag/v1",
        ("m",),
        "s",
    )
    assert (found.host, found.port) == ("127.0.0.2", 7861)


def test_the_host_names_to_answer_to_are_given_one_by_one() -> None:
    assert settings([], {}).allowed_hosts == ()
    given = ["--allowed-host", "studio.example", "--allowed-host", "desk.example"]
    assert settings(given, {}).allowed_hosts == ("studio.example", "desk.example")


def test_the_environment_wins_over_defaults(tmp_path: Path) -> None:
    environment = {
        "CITING_DATA_DIR": str(tmp_path / "data"),
        "CITING_CACHE_DIR": str(tmp_path / "cache"),
        "CITING_STUDENT_KEY": "sk-student",
        "CITING_TEACHER_URL": "http://citing/v1",
        "CITING_TEACHER_KEY": KEY,
        "CITING_TEACHER_KEYS": "http://a/v1 sk-a http://b/v1 sk-b",
        "CITING_TEACHER_CONNECTIONS": "64",
        "CITING_JUDGE_KEY": "sk-judge",
        "CITING_ANNOTATOR": "ada",
        "CITING_LAUNCHERS": "gpus = accelerate launch --mixed_precision=no {round}\n\nslurm=srun train {round}\n",
    }
    named = {name for one in fields(Settings) for name in source_of(one).variables}
    assert set(environment) == {name for name in named if name.startswith("CITING_")}
    found = settings([], environment)
    assert (found.data_dir, found.cache_dir) == (tmp_path / "data", tmp_path / "cache")
    assert (found.teacher_url, found.teacher_key, found.annotator) == ("http://citing/v1", KEY, "ada")
    assert found.teacher_keys == {"http://a/v1": "sk-a", "http://b/v1": "sk-b"}
    assert (found.teacher_connections, found.judge_key, found.student_key) == (64, "sk-judge", "sk-student")
    commands = {"gpus": "accelerate launch --mixed_precision=no {round}", "slurm": "srun train {round}"}
    assert found.launchers == commands
    given = settings(["--launcher", "a=x {round}", "--launcher", "b=y {round}"], environment)
    assert given.launchers == {"a": "x {round}", "b": "y {round}"}


@pytest.mark.parametrize("line", ["srun {round}", "slurm=", "slurm"])
def test_a_launcher_without_a_name_or_a_command_is_refused(line: str) -> None:
    with pytest.raises(CitingError, match="NAME=COMMAND"):
        settings(["--launcher", line], {})


def test_the_usual_names_of_an_endpoint_work_too_but_come_second() -> None:
    usual = {"OPENAI_API_KEY": "usual-key", "OPENAI_BASE_URL": "http://usual/v1"}
    found = settings([], usual)
    assert (found.teacher_key, found.teacher_url) == ("usual-key", "http://usual/v1")
    found = settings([], {**usual, "CITING_TEACHER_KEY": KEY, "CITING_TEACHER_URL": "http://own/v1"})
    assert (found.teacher_key, found.teacher_url) == (KEY, "http://own/v1")


def test_defaults_need_no_key_and_stay_on_this_machine() -> None:
    found = settings([], {})
    assert (found.host, found.port, found.student, found.teachers) == ("127.0.0.1", 7860, None, ("reference",))
    assert found.teacher_url is None
    assert found.teacher_key is None
    assert found.data_dir.is_absolute()
    assert found.launchers == {}


def test_the_command_line_has_no_server_flags() -> None:
    assert settings([], {}, server=False).port == 7860
    with pytest.raises(SystemExit):
        settings(["--port", "1"], {}, server=False)


def test_a_relative_folder_and_a_tilde_become_absolute() -> None:
    assert settings(["--data-dir", "here"], {}).data_dir == Path.cwd() / "here"
    assert settings(["--data-dir", "~/citing"], {}).data_dir == Path.home() / "citing"


def test_the_key_is_not_shown_and_settings_cannot_be_changed() -> None:
    found = settings([], {"CITING_TEACHER_KEY": KEY, "CITING_TEACHER_KEYS": f"http://a/v1 {KEY}"})
    assert KEY not in repr(found)
    with pytest.raises(FrozenInstanceError):
        found.teacher_key = None  # type: ignore[misc]


def test_several_teachers_are_given_one_by_one() -> None:
    assert settings(["--teacher", "m", "--teacher", "n=http://b/v1"], {}).teachers == ("m", "n=http://b/v1")


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"CITING_TEACHER_KEYS": f"http://a/v1 {KEY} http://b/v1"}, "one is missing"),
        ({"CITING_TEACHER_CONNECTIONS": "many"}, "a whole number between 1 and 512"),
        ({"CITING_TEACHER_CONNECTIONS": "0"}, "a whole number between 1 and 512"),
    ],
)
def test_what_cannot_be_is_said_without_the_key(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(CitingError, match=sentence) as told:
        settings([], environment)
    assert KEY not in str(told.value)


def test_every_teacher_has_its_own_endpoint_and_key() -> None:
    environment = {"CITING_TEACHER_KEY": KEY, "CITING_TEACHER_KEYS": "http://b/v1 sk-b"}
    given = [
        "--teacher",
        "m",
        "--teacher-url",
        "http://a/v1",
        "--teacher",
        "n=http://b/v1",
        "--teacher",
        "o=http://c/v1",
    ]
    teachers = make_teachers(settings([*given, "--teacher", "reference"], environment))
    models = [one.model for one in teachers if one.model]
    found = [(one.name, one.url, one.api_key) for one in models if isinstance(one, OpenAIModel)]
    assert found == [("m", "http://a/v1", KEY), ("n", "http://b/v1", "sk-b"), ("o", "http://c/v1", None)]
    assert teachers[3].name == "reference"
    with pytest.raises(CitingError, match="the same name"):
        make_teachers(settings(["--teacher", "m=http://a/v1", "--teacher", "m=http://b/v1"], {}))
    with pytest.raises(CitingError, match="needs an endpoint"):
        make_teachers(settings(["--teacher", "m"], {}))


def test_judges_have_endpoints_as_teachers_and_the_one_by_reference_is_always_there() -> None:
    environment = {"CITING_TEACHER_KEY": KEY, "CITING_JUDGE_KEY": "sk-j", "CITING_TEACHER_KEYS": "http://b/v1 sk-b"}
    given = [
        "--teacher-url",
        "http://a/v1",
        *("--judge", "m"),
        *("--judge", "n=http://b/v1"),
        *("--judge", "o=http://c/v1"),
    ]
    judges = make_judges(settings(given, environment))
    models = [one.model for one in judges if isinstance(one.model, OpenAIModel)]
    found = [(one.name, one.url, one.api_key) for one in models]
    assert found == [("m", "http://a/v1", "sk-j"), ("n", "http://b/v1", "sk-b"), ("o", "http://c/v1", "sk-j")]
    assert judges[3] == BY_REFERENCE
    assert make_judges(settings([], {})) == (BY_REFERENCE,)
    url = ["--teacher-url", "http://a/v1", "--judge", "m"]
    (judge, _) = make_judges(settings(url, {"CITING_TEACHER_KEY": KEY}))
    assert judge.model
    assert KEY not in repr(judge)
    with pytest.raises(CitingError, match="the same name"):
        make_judges(settings(["--judge", "m=http://a/v1", "--judge", "m=http://b/v1"], {}))
    with pytest.raises(CitingError, match="The judge m needs an endpoint"):
        make_judges(settings(["--judge", "m"], {}))


def test_each_setting_is_documented_as_its_field_says() -> None:
    shown = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = []
    for one in fields(Settings):
        source = source_of(one)
        flag = " ".join(filter(None, (source.flag, source.metavar)))
        given = ", ".join(f"`{name}`" for name in filter(None, (flag, *source.variables))).replace("|", "\\|")
        if given:
            default = f"`{usual(one)}`" if usual(one) else ""
            rows.append(f"| {given}{' (*app*)' if source.app else ''} | {source.text} | {default} |")
    assert [line for line in shown.splitlines() if line.startswith("| `")] == rows
