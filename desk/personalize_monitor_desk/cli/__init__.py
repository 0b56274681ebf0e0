"""The command ``personalize-monitor``: look at an account, and live in the sandbox."""
