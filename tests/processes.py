"""Processes as tests look at them: one may end between being listed and being asked."""

from __future__ import annotations

import psutil


def command_of(process: psutil.Process) -> list[str]:
    """Its command line; empty where it has ended meanwhile or belongs to somebody else."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []
