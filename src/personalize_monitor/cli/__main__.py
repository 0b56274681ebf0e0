"""``python -m personalize_monitor.cli`` is the command."""

from __future__ import annotations

from personalize_monitor.cli.start import run

if __name__ == "__main__":
    run()
