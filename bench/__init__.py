"""Calls, seconds, memory and money of the monitor, beside a straightforward baseline."""
