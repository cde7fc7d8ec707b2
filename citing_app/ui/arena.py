"""The arena page: two answers to one instruction, without names, and a person's vote."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.components import Body
from citing_app.ui.panel import Panel, served
from citing_app.workflows import asking_both
from citing_app.workflows.asking_both import AskBoth, CanAsk
from citing_app.workflows.evaluation.arena import arena_view, revealing, voting
from citing_app.workflows.evaluation.arena.arena_view import ArenaView
from citing_app.workflows.evaluation.arena.handing import Handed
from citing_app.workflows.evaluation.arena.requests import OneSession, StartSession, TakeBackVote, Vote
from citing_app.workflows.evaluation.arena.revealing import RevealView
from citing_app.workflows.request import Request


class ArenaPage(Panel):
    """Drawn by assets/pages/arena.js."""

    script = "arena"

    @served
    def arena(self, asked: Request, person: Person) -> ArenaView:
        """The open session, or what one can be started with."""
        return arena_view.arena_view(self.studio, person)

    @served
    def start_session(self, asked: StartSession, person: Person) -> Handed:
        """Start a session."""
        return voting.start_session(self.studio, asked, person)

    @served
    def next_pairs(self, asked: OneSession, person: Person) -> Handed:
        """The session as it is now."""
        return voting.handed(self.studio, asked, person)

    @served
    def vote(self, asked: Vote, person: Person) -> Handed:
        """Save a vote or a skip."""
        return voting.vote(self.studio, asked, person)

    @served
    def take_back_vote(self, asked: TakeBackVote, person: Person) -> Handed:
        """Take back the newest vote or skip."""
        return voting.take_back(self.studio, asked, person)

    @served
    def reveal(self, asked: OneSession, person: Person) -> RevealView:
        """End the session and show the names."""
        return revealing.reveal(self.studio, asked, person)

    @served
    def can_ask(self, asked: Request, person: Person) -> CanAsk:
        """Which models can be asked a prompt of one's own."""
        return asking_both.can_ask(self.studio, person)

    @served
    def ask_both(self, asked: AskBoth, person: Person) -> Body:
        """Ask two models the same; their pair is the open session when both have answered."""
        asking_both.start(self.studio, asked, person)
        return {}
