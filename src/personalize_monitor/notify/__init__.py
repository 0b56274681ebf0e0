"""What people are told by mail: a subject that tells the story, and a text that is read once."""

from personalize_monitor.notify.chat import chat_message
from personalize_monitor.notify.compose import compose
from personalize_monitor.notify.facts import Home
from personalize_monitor.notify.gather import Gathered, gather
from personalize_monitor.notify.letter import SUBJECT_LENGTH, Letter
from personalize_monitor.notify.tell import tell_changes

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
