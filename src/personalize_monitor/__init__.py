"""Personalize Monitor: see, warn about and right-size Amazon Personalize capacity."""

__version__ = "0.1.0"
