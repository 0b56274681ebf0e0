"""A higher floor for a known event, set by schedules."""
