"""The one error meant for the person at the screen; every other exception is a bug and is logged with a traceback."""


class CitingError(Exception):
    """A message that is safe and useful to show: one sentence that says what happened and what to do.

    It never holds a key, a traceback or text from a model.
    """


class Refused(CitingError):
    """A request that was understood and turned down, for example a decision on an item already decided."""


class Cancelled(CitingError):
    """Work that a person asked to stop."""


class OverBudget(CitingError):
    """Work that a budget does not pay for; other work of the same race may go on."""
