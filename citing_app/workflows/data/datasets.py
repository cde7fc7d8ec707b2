"""Data sets as a whole: another name, or none any more."""

from __future__ import annotations

from citing_app.errors import CitingError
from citing_app.store import data_changes, dataset_names, instructions, removing
from citing_app.store.database import Cursor, Store
from citing_app.store.journal import Journal
from citing_app.workflows.data.importing import BUNDLED, dataset_name
from citing_app.workflows.data.taking_back import Going, counted, ensure_free


def rename(store: Store, journal: Journal, dataset: str, name: str, by: str) -> str:
    """Give a data set another name; the name as it is kept.

    Its rows, items, test sets and settings go with it, whatever was decided or learned. Raises CitingError where there
    is no such data set, or where one has the new name.
    """
    new = dataset_name(name)
    with store.write() as cursor:
        _ensure_known(cursor, dataset)
        if new == dataset:
            return new
        if new in _names(cursor):
            raise CitingError(f"There is a data set {new} already; two do not become one.")
        dataset_names.rename(cursor, dataset, new)
        change = data_changes.add(cursor, "rename", {"dataset": dataset, "to": new}, by)
    data_changes.tell(store, journal, change)
    return new


def going(store: Store, dataset: str) -> Going:
    """What would go with a data set. Raises CitingError, naming what, where something keeps it."""
    with store.read() as cursor:
        return counted(_allowed(cursor, dataset))


def delete(store: Store, journal: Journal, dataset: str, by: str) -> Going:
    """Delete a data set, all of it or nothing; what went. Raises CitingError as `going` does."""
    with store.write() as cursor:
        found = counted(_allowed(cursor, dataset))
        data_changes.delete(cursor, dataset)
        detail = {"dataset": dataset, "counts": {"rows": found.rows, "drafts": found.drafts}}
        change = data_changes.add(cursor, "delete", detail, by)
    data_changes.tell(store, journal, change)
    return found


def _allowed(cursor: Cursor, dataset: str) -> removing.Share:
    _ensure_known(cursor, dataset)
    share = removing.of_dataset(cursor, dataset)
    ensure_free(cursor, share, f"The data set {dataset} stays, since it is in use")
    return share


def _ensure_known(cursor: Cursor, dataset: str) -> None:
    """Raise CitingError for the bundled data set and for one that is not there."""
    if dataset == BUNDLED:
        raise CitingError("The bundled data set keeps its name and stays: the app imports it at each start.")
    if dataset not in _names(cursor):
        raise CitingError(f"There is no data set {dataset}.")


def _names(cursor: Cursor) -> list[str]:
    return [name for name, *_ in instructions.datasets(cursor)]
