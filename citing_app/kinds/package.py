"""A package that only some kinds of round need."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version


@dataclass(frozen=True)
class Package:
    """An optional package in the version that it was tried with; pyproject.toml has it as an extra."""

    name: str
    title: str
    version: str

    @property
    def missing(self) -> str | None:
        """The sentence that says how to get it; None where it is installed. Nothing is imported for that."""
        try:
            found = version(self.name)
        except PackageNotFoundError:
            found = None
        if found == self.version:
            return None
        which = f"{self.title} {self.version}" + (f" ({found} is installed)" if found else "")
        return f"This kind of round needs {which}; install it with: pip install {self.name}=={self.version}"


TRL = Package("trl", "TRL", "1.16.0")
