"""A data set of the Hugging Face Hub: `hf:owner/name`, of another revision with `@revision`, and one of its folders or
files with its path behind that.

The library reads HF_ENDPOINT and HF_TOKEN from the environment and keeps what it downloads in its cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from citing_app.errors import CitingError

_PREFIX = "hf:"
_NAMED = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@([\w.-]+))?(?:/(.+))?")


@dataclass(frozen=True)
class HubSet:
    """A data set of the Hub, and the folder or file of it that is asked for, "" for all."""

    name: str
    revision: str | None
    within: str


def is_hub(path: Path) -> bool:
    """Whether this names a data set of the Hub and no file."""
    return str(path).startswith(_PREFIX) and not path.exists()


def named(path: Path) -> HubSet:
    """What such a name says. Raises CitingError where it says nothing."""
    found = _NAMED.fullmatch(path.as_posix())
    if found is None:
        raise CitingError(f"{path} names no data set of the Hub; write it as hf:owner/name.")
    return HubSet(found[1], found[2], (found[3] or "").strip("/"))


def files(asked: HubSet) -> list[str]:
    """The paths of all files of a data set. Raises CitingError where the Hub cannot be reached or has none."""
    from huggingface_hub import HfApi

    with _spoken_of(asked):
        return HfApi().list_repo_files(asked.name, repo_type="dataset", revision=asked.revision)


def download(asked: HubSet, paths: Sequence[str]) -> list[Path]:
    """Fetch files of a data set into the Hub's cache; where they are. Raises CitingError where one cannot be had."""
    from huggingface_hub import hf_hub_download

    with _spoken_of(asked):
        fetched = (hf_hub_download(asked.name, one, repo_type="dataset", revision=asked.revision) for one in paths)
        return [Path(one) for one in fetched]


@contextmanager
def _spoken_of(asked: HubSet) -> Iterator[None]:
    """Say what went wrong on the way to the Hub in one sentence."""
    from huggingface_hub import errors
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    try:
        yield
    except errors.GatedRepoError as error:
        raise CitingError(f"{asked.name} is gated: accept its terms on the Hub, and set HF_TOKEN.") from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.EntryNotFoundError) as error:
        raise CitingError(f"The Hub has no data set {asked.name}, or HF_TOKEN does not give access to it.") from error
    except (HTTPError, OSError, ValueError) as error:
        raise CitingError(f"The Hub cannot be reached for {asked.name}; download it and import its folder.") from error
