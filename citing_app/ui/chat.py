"""The Chat page: a person's conversations with the base model and the rounds, up to four of them side by side."""

from __future__ import annotations

from citing_app.types import Person
from citing_app.ui.panel import Panel, served
from citing_app.workflows.chats import asking, conversations, exporting, reviewing
from citing_app.workflows.chats.conversations import ChatsView, ConversationView, Written
from citing_app.workflows.chats.exporting import Exported
from citing_app.workflows.chats.requests import (
    Again,
    Edit,
    Export,
    OneConversation,
    OneTurn,
    Rename,
    ReviewAnswer,
    Sampling,
    Send,
)
from citing_app.workflows.chats.reviewing import Reviewed
from citing_app.workflows.request import Request
from citing_app.workflows.studio import Studio


class ChatPage(Panel):
    """Drawn by assets/pages/chat.js."""

    script = "chat"

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio, {"whys": Sampling.whys()})

    @served
    def chats(self, asked: Request, person: Person) -> ChatsView:
        """The person's conversations, and the models."""
        return conversations.chats_view(self.studio, person)

    @served
    def conversation(self, asked: OneConversation, person: Person) -> ConversationView:
        """A conversation as it is now."""
        return conversations.conversation_view(self.studio, asked, person)

    @served
    def written(self, asked: OneConversation, person: Person) -> Written:
        """What is being written in it."""
        return conversations.written(self.studio, asked, person)

    @served
    def send(self, asked: Send, person: Person) -> ConversationView:
        """The next question."""
        return asking.send(self.studio, asked, person)

    @served
    def edit_question(self, asked: Edit, person: Person) -> ConversationView:
        """Another wording of a question."""
        return asking.edit(self.studio, asked, person)

    @served
    def again(self, asked: Again, person: Person) -> ConversationView:
        """Another answer."""
        return asking.again(self.studio, asked, person)

    @served
    def stop_writing(self, asked: OneConversation, person: Person) -> ConversationView:
        """End the answers that are being written."""
        return asking.stop(self.studio, asked, person)

    @served
    def show(self, asked: OneTurn, person: Person) -> ConversationView:
        """Another version of a message."""
        return conversations.show(self.studio, asked, person)

    @served
    def branch(self, asked: OneTurn, person: Person) -> ConversationView:
        """A new conversation from here."""
        return conversations.branch(self.studio, asked, person)

    @served
    def rename(self, asked: Rename, person: Person) -> ChatsView:
        """Another name for a conversation."""
        return conversations.rename(self.studio, asked, person)

    @served
    def delete_conversation(self, asked: OneConversation, person: Person) -> ChatsView:
        """Delete a conversation."""
        return conversations.delete(self.studio, asked, person)

    @served
    def export_conversation(self, asked: Export, person: Person) -> Exported:
        """A file of one's own conversations."""
        return exporting.export(self.studio, asked, person)

    @served
    def review_answer(self, asked: ReviewAnswer, person: Person) -> Reviewed:
        """Put an answer on the desk."""
        return reviewing.review(self.studio, asked, person)
