"""What a worker process may see, and how processes are told apart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from citing_app.processes import (
    end_group,
    hub_environment,
    process_alive,
    process_started,
    start_detached,
    worker_environment,
)


def test_only_listed_variables_reach_a_worker_and_no_secret_does() -> None:
    kept = {"PATH": "/bin", "HOME": "/home/me", "LC_ALL": "C", "CUDA_VISIBLE_DEVICES": "1", "SLURM_JOB_ID": "7"}
    dropped = {"OPENAI_API_KEY": "k", "CITING_TEACHER_KEY": "k", "HF_TOKEN": "k", "SLURM_JWT": "k", "EDITOR": "vi"}
    environment = worker_environment({**kept, **dropped, "PYTHONPATH": "/mine"})
    assert {name: environment[name] for name in kept} == kept
    assert not dropped.keys() & environment.keys()
    project, mine = environment["PYTHONPATH"].split(os.pathsep)
    assert (Path(project) / "citing_app").is_dir()
    assert mine == "/mine"


def test_the_way_to_the_hub_reaches_a_worker_and_its_token_only_the_download() -> None:
    way = {"HF_ENDPOINT": "https://mirror", "HTTPS_PROXY": "http://proxy", "no_proxy": "localhost"}
    way |= {"HF_HUB_DOWNLOAD_TIMEOUT": "60", "HF_XET_HIGH_PERFORMANCE": "1", "PYTORCH_CUDA_ALLOC_CONF": "a:b"}
    given = way | {"REQUESTS_CA_BUNDLE": "/ca.pem", "HF_TOKEN": "hf_secret", "HF_HUB_A_TOKEN": "x"}
    worker, download = worker_environment(given), hub_environment(given)
    assert way.items() <= worker.items()
    assert worker["SSL_CERT_FILE"] == "/ca.pem"
    assert worker_environment({**given, "SSL_CERT_FILE": "/own.pem"})["SSL_CERT_FILE"] == "/own.pem"
    assert "hf_secret" not in worker.values()
    assert worker["HF_HUB_DISABLE_IMPLICIT_TOKEN"] == "1"
    assert "HF_HUB_DISABLE_IMPLICIT_TOKEN" not in download
    assert download["HF_TOKEN"] == "hf_secret"
    assert not {"HF_HUB_A_TOKEN"} & (worker.keys() | download.keys())


def test_a_reused_process_id_is_another_process() -> None:
    started = process_started(os.getpid())
    assert started is not None
    assert process_alive(os.getpid(), started)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as later:
        other = process_started(later.pid)
    assert other is not None
    assert not process_alive(os.getpid(), other)


def test_what_an_earlier_version_wrote_is_no_living_process() -> None:
    assert not process_alive(os.getpid(), psutil.Process().create_time() - 100)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere start times do not move by themselves")
def test_a_process_lives_on_while_the_clock_is_set(tmp_path: Path) -> None:
    started = process_started(os.getpid())
    clock = Path("/proc/stat").read_text(encoding="utf-8")
    boot = int(psutil.boot_time())
    (tmp_path / "stat").write_text(clock.replace(f"btime {boot}", f"btime {boot + 3600}"), encoding="utf-8")
    (tmp_path / str(os.getpid())).symlink_to(f"/proc/{os.getpid()}")
    code = (
        "import psutil, sys\n"
        "from citing_app.processes import process_alive\n"
        "psutil.PROCFS_PATH = sys.argv[1]\n"
        "now = psutil.Process(int(sys.argv[2])).create_time()\n"
        "print(now, process_alive(int(sys.argv[2]), sys.argv[3]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(os.getpid()), str(started)]
    done = subprocess.run(command, env=worker_environment(), capture_output=True, text=True, timeout=60, check=True)
    moved, alive = done.stdout.split()
    assert float(moved) - psutil.Process().create_time() == pytest.approx(3600, abs=1)
    assert alive == "True"


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = process_started(child.pid)
    assert started is not None
    assert process_alive(child.pid, started)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process_alive(child.pid, started)
    child.communicate()
    assert process_started(child.pid) is None


def test_ending_a_group_ends_the_children_and_a_process_that_ignores_sigterm(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True)\n"
        "import time; time.sleep(60)"
    )
    log = tmp_path / "log"
    process = start_detached(["python", "-c", code], log)
    while not log.read_text().strip():
        assert process.poll() is None
    child = int(log.read_text())
    started = process_started(child)
    assert started is not None
    orphan = [psutil.Process(child)]
    end_group(process, grace=0.2)
    assert process.returncode == -9
    psutil.wait_procs(orphan, timeout=60)  # the kernel ends the grandchild in its own time
    assert not process_alive(child, started)
