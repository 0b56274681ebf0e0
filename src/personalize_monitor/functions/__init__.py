"""Lambda entry points: read the event, call one use case, answer."""
