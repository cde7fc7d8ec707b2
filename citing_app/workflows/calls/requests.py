"""What can be asked about money, and about the models behind endpoints."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from citing_app.models.providers import NAMES
from citing_app.workflows.calls.extras import Fields, Headers
from citing_app.workflows.request import LONGEST_KNOWN, Flag, Number, Request, Text, Whole, Word

HIGHEST_PRICE, HIGHEST_LIMIT = 10_000, 1_000_000
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]
EFFORTS: tuple[str, ...] = get_args(Effort)


class SetPrice(Request):
    """What a million tokens cost in dollars: sent, and answered."""

    teacher: Annotated[str, Text("The teacher", LONGEST_KNOWN)]
    sent: Annotated[float, Number("The price of what is sent", 0, HIGHEST_PRICE)]
    answered: Annotated[float, Number("The price of what is answered", 0, HIGHEST_PRICE)]


class SetLimit(Request):
    """The most that all teachers together may be paid, in dollars; none takes the limit away."""

    dollars: Annotated[float | None, Number("The spending limit", 0, HIGHEST_LIMIT)] = None


class ModelSettings(Request):
    """How a model is asked; what is left out is as usual."""

    timeout: Annotated[
        int | None,
        Whole(
            "The timeout",
            1,
            7200,
            about="seconds that a call may take",
            why="A call that takes longer is abandoned and may still be billed.",
        ),
    ] = None
    longest_answer: Annotated[
        int | None,
        Whole(
            "The longest answer",
            64,
            200_000,
            about="tokens that an answer may have, its thoughts included",
            why="A longer answer reserves more of the spending limit for each call.",
        ),
    ] = None
    effort: Annotated[
        Effort | None,
        Word("The reasoning effort", EFFORTS, about="how much the model reasons, if it can be told"),
    ] = None
    connections: Annotated[
        int | None, Whole("The number of connections", 1, 512, about="calls that may be under way at once")
    ] = None
    headers: Annotated[
        dict[str, str] | None,
        Headers("The extra headers", about="HTTP headers sent with each call, Name: value, one in each line"),
    ] = None
    body: Annotated[
        dict[str, Any] | None,
        Fields("The extra body", about="fields sent with each call, a JSON object"),
    ] = None
    ca_file: Annotated[
        str | None,
        Text("The CA file", 1000, about="a file with certificates to trust beside the usual ones, where the app runs"),
    ] = None


class OneModel(Request):
    """A teacher or judge."""

    teacher: Annotated[str, Text("The teacher", LONGEST_KNOWN)]


class SetModel(ModelSettings):
    """Change how a teacher or judge is asked, and where one that was added is, from its next batch on."""

    teacher: Annotated[str, Text("The teacher", LONGEST_KNOWN)]
    url: Annotated[
        str, Text("The URL", 1000, about="another base URL, for a model that was added; its key is found anew")
    ] = ""


class AddModel(ModelSettings):
    """Add a model behind an endpoint as a teacher, and as a judge where that is ticked."""

    model: Annotated[str, Text("The model", LONGEST_KNOWN, about="what its server calls it")]
    provider: Annotated[str, Word("The provider", NAMES, about="the ready-made entry")] = "other"
    url: Annotated[str, Text("The URL", 1000, about="the server's base URL, unless it is the provider's")] = ""
    name: Annotated[str, Text("The name", LONGEST_KNOWN, about="what it is called here, unless as at its server")] = ""
    as_judge: Annotated[bool, Flag("Whether it judges", about="let it judge as well")] = False
