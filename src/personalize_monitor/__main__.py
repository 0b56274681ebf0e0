"""``python -m personalize_monitor`` is the command."""

from __future__ import annotations

if __name__ == "__main__":
    # What Lambda is given has no command.
    from personalize_monitor_desk.cli.start import run

    run()
