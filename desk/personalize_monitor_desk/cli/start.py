"""Where the command starts: with all that it needs, or saying in one sentence what is missing."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from personalize_monitor import __version__
from personalize_monitor_desk.cli import parts

_USAGE = 2  # as in `exits`, which knows more of the package than is needed here


def run() -> None:
    """What the console script and ``python -m personalize_monitor`` call."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command; answers its exit code, see ``exits.Exit``."""
    if parts.lacking("cli"):
        return _bare(arguments)
    from personalize_monitor_desk.cli import main as whole  # noqa: PLC0415  needs typer and rich

    return whole.main(arguments)


def _bare(arguments: Sequence[str]) -> int:
    """What a plain installation can say: its version, its help, and what a verb needs."""
    if "--version" in arguments:
        sys.stdout.write(f"personalize-monitor {__version__}\n")
        return 0
    verb = next((word for word in arguments if not word.startswith("-")), "")
    if verb and verb not in parts.VERBS:
        return _complain(f"No such command '{verb}'; --help lists the ones there are.")
    extras = parts.extras_of(verb, tuple(arguments))
    if arguments and not {"-h", "--help"} & set(arguments):
        return _complain(parts.lacking(*extras))
    listed = {verb: parts.VERBS[verb]} if verb else parts.VERBS
    lines = [f"  {name:<10}{line}" for name, line in listed.items()]
    sys.stdout.write(_HELP.format("\n".join(lines), parts.cure(*(extras if verb else ("all",)))))
    return 0


def _complain(sentence: str) -> int:
    sys.stderr.write(f"personalize-monitor: {sentence}\n")
    return _USAGE


_HELP = """\
Usage: personalize-monitor [--version] [--help] VERB ...

{}

This is a plain installation. {}.
"""
