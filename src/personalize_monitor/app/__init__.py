"""The use cases: what happens in one cycle, and what an event makes happen."""
