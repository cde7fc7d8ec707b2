"""What every process this project starts has in common: a short environment and a session of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

PROJECT_ROOT = Path(__file__).resolve().parent.parent
_KEPT_NAMES = {
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HF_HOME", "HF_ENDPOINT", "TRANSFORMERS_OFFLINE", "LD_PRELOAD", "RAY_ADDRESS"),
}
_KEPT_PREFIXES = (
    *("LC_", "CUDA_", "NVIDIA_", "HIP_", "ROCR_", "OMP_", "MKL_", "XDG_", "SLURM_", "NCCL_"),
    *("HF_HUB_", "HF_XET_", "PYTORCH_", "TORCH_", "MALLOC_"),
)
_HUB_TOKENS = ("HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN")
_NO_STORED_TOKEN = "HF_HUB_DISABLE_IMPLICIT_TOKEN"
"""With it a process sends no token of a login that is stored in the home folder."""
Start = str | float
"""When a process started: on Linux the boot and the ticks since then, elsewhere seconds since the epoch.

A start in seconds since the epoch moves on Linux whenever the clock is set, and a living process would seem another.
"""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STARTED = 19
"""The place of the start among the words that follow the program's name in /proc/<pid>/stat; its field 22."""
_CLOCK_STEP_SECONDS = 60.0
"""How far the clock may be set where starts are seconds since the epoch; a pid does not come again that soon."""
_SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "JWT", "CREDENTIAL")


def worker_environment(source: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables a worker may see, out of `source` (this process's by default).

    Only names on a list pass, and none that sounds like a secret. The project comes first on PYTHONPATH, so that
    `python -m citing_app.worker` works in any working directory.
    """
    source = os.environ if source is None else source
    kept = {name: value for name, value in source.items() if _is_kept(name)}
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PROJECT_ROOT), source.get("PYTHONPATH", "")]))
    # Waiting threads that spin take the cores from the other workers. Spinning a little costs a lone worker nothing
    # that could be measured; two workers on two cores were three times faster with it than with ten times as much.
    kept.setdefault("GOMP_SPINCOUNT", "10000")
    kept[_NO_STORED_TOKEN] = "1"
    bundle = source.get("REQUESTS_CA_BUNDLE") or source.get("CURL_CA_BUNDLE")
    if bundle:  # the hub's client reads only this name
        kept.setdefault("SSL_CERT_FILE", bundle)
    return kept


def hub_environment(source: Mapping[str, str] | None = None) -> dict[str, str]:
    """As `worker_environment`, for the one process that downloads from the model hub: with its token."""
    source = os.environ if source is None else source
    kept = {name: value for name, value in worker_environment(source).items() if name != _NO_STORED_TOKEN}
    return kept | {name: source[name] for name in _HUB_TOKENS if name in source}


def _is_kept(name: str) -> bool:
    listed = name in _KEPT_NAMES or name.startswith(_KEPT_PREFIXES)
    return listed and not any(word in name for word in _SECRET_WORDS)


def pip_environment() -> dict[str, str]:
    """A worker's environment with pip's own settings beside it."""
    return {**worker_environment(), **{name: value for name, value in os.environ.items() if name.startswith("PIP_")}}


def start_detached(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own: no input, output appended to `log`, no environment but a worker's.

    A `python` in the first place means this interpreter. Raises OSError where the program does not exist.
    """
    program = sys.executable if command[0] == "python" else command[0]
    with log.open("ab") as output:
        return subprocess.Popen(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment) if environment is not None else worker_environment(),
            cwd=cwd,
            start_new_session=True,
        )


def process_started(pid: int) -> Start | None:
    """When the process `pid` of this machine started, None if there is no such process."""
    try:
        if _BOOT_ID.exists():
            boot = _BOOT_ID.read_text(encoding="ascii").strip()
            after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
            return f"{boot} {after_name.split()[_STARTED]}"
        return float(psutil.Process(pid).create_time())
    except (FileNotFoundError, ProcessLookupError, psutil.NoSuchProcess):
        return None


def process_alive(pid: int, started: Start) -> bool:
    """Whether the process that had this `pid` and start still runs: a reused pid is another process."""
    found = process_started(pid)
    if isinstance(found, float) and isinstance(started, float):
        same = abs(found - started) < _CLOCK_STEP_SECONDS
    else:
        same = found == started
    try:
        return same and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end_group(process: subprocess.Popen[bytes], grace: float = 5.0) -> None:
    """End `process`, started by `start_detached`, and all it started: SIGTERM, after `grace` seconds SIGKILL.

    Does nothing for a process that has ended. The child is not reaped before this returns, so its pid is its own.
    """
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
