"""A package that only some kinds of round need."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from citing_app.errors import CitingError


@dataclass(frozen=True)
class Package:
    """An optional package in the version that it was tried with; pyproject.toml has it as an extra."""

    name: str
    title: str
    version: str

    def ensure_installed(self) -> None:
        """Raises CitingError, with how to get it, where this version is not here. Nothing is imported for that."""
        try:
            found = version(self.name)
        except PackageNotFoundError:
            found = None
        if found != self.version:
            raise CitingError(
                f"This kind of round needs {self.title} {self.version}; install it with: "
                f"pip install {self.name}=={self.version}"
            )


TRL = Package("trl", "TRL", "1.16.0")
