"""``python -m personalize_monitor_desk.cli`` is the command."""

from __future__ import annotations

from personalize_monitor_desk.cli.start import run

if __name__ == "__main__":
    run()
