"""Undo what was done to a resource."""
