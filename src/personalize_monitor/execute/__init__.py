"""A request to act: read it, look again, judge again, change, announce."""
