"""What people are told by mail: a subject that tells the story, and a text that is read once."""

from personalize_monitor.app.notices.chat import chat_message
from personalize_monitor.app.notices.compose import compose
from personalize_monitor.app.notices.facts import Home
from personalize_monitor.app.notices.gather import Gathered, gather
from personalize_monitor.app.notices.letter import SUBJECT_LENGTH, Letter
from personalize_monitor.app.notices.tell import tell_changes

__all__ = [
    "SUBJECT_LENGTH",
    "Gathered",
    "Home",
    "Letter",
    "chat_message",
    "compose",
    "gather",
    "tell_changes",
]
