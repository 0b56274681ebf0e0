"""The record of all that was decided, done and told: writing it, and reading it back."""
