"""The whole command: verbs are imported when they are asked for, and errors end in one sentence."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import time
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

from personalize_monitor import __version__
from personalize_monitor.errors import PersonalizeMonitorError, Unavailable
from personalize_monitor_desk.cli import config, habits
from personalize_monitor_desk.cli.exits import Exit, Refused, Usage, credentials_sentence
from personalize_monitor_desk.cli.parts import EXTRAS, OF_VERB, VERBS, cure, lacking

_CHOICE = re.compile(
    r"Invalid value for (?P<option>[^:]+): (Value error, )?'(?P<value>.*)' is not one of "
    r"(?P<choices>.*)\."
)
_WHOLE = ("demo", "sandbox")
"""Verbs that cannot even tell their options without their extra."""


class Verbs(TyperGroup):
    """Loads a verb's module when it is called; listing the verbs loads none."""

    listing = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  typer's signature
        """Verbs in the order in which a newcomer meets them."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  typer's signature
        """The verb's command; a stand-in with its help line while they are only listed."""
        if cmd_name not in VERBS:
            return None
        if self.listing:
            return TyperCommand(cmd_name, help=VERBS[cmd_name])
        if cmd_name in _WHOLE and (missing := lacking(*OF_VERB[cmd_name])):
            return _stand_in(cmd_name, missing)
        module = importlib.import_module(f"personalize_monitor_desk.cli.verbs.{cmd_name}")
        loader = typer.Typer(add_completion=False, rich_markup_mode="rich")
        help_text = _flowing(inspect.getdoc(module.command) or "")
        loader.command(cmd_name, help=help_text, epilog=module.EXAMPLE)(module.command)
        return habits.added(cmd_name, typer.main.get_command(loader))

    def invoke(self, ctx: Any) -> Any:
        """Run the verb, with the defaults of a person's own file."""
        verb = next(iter(ctx._protected_args), "")  # noqa: SLF001
        if verb in VERBS:
            known = {one.name: bool(one.multiple) for one in _options(self.get_command(ctx, verb))}
            ctx.default_map = {verb: config.defaults(verb, known)}
        return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb that was meant; one that does not exist is answered with the nearest."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = get_close_matches(args[0], VERBS, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else "--help lists the ones there are."
            raise Usage(f"No such command '{args[0]}'; {hint}")
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help of all verbs, without loading them."""
        self.listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self.listing = False

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Completion of verbs, without loading them."""
        self.listing = True
        try:
            return super().shell_complete(ctx, incomplete)
        finally:
            self.listing = False


def _options(command: Any) -> list[Any]:
    return [one for one in command.params if one.param_type_name == "option"]


def _stand_in(verb: str, missing: str) -> TyperCommand:
    """For a verb whose module cannot be loaded: its help says so, and so does it."""

    def refuse(*_: object, **__: object) -> None:
        raise Usage(missing)

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    told = f"{VERBS[verb]}\n\nNot in this installation: {escape(missing)}"  # [sandbox] is no markup
    return TyperCommand(verb, help=told, callback=refuse, context_settings=anything)


app = typer.Typer(
    cls=Verbs,
    name="personalize-monitor",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Try first: personalize-monitor demo",
)


def _version(asked: bool) -> None:
    if asked:
        print(f"personalize-monitor {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """See what Amazon Personalize campaigns and recommenders do, and what they cost.

    All verbs only read, unless they say otherwise. Credentials are boto3's own.
    """


def main(arguments: Sequence[str]) -> int:
    """Run one command; answers its exit code, see ``exits.Exit``."""
    debug = "--debug" in arguments
    try:
        with habits.fresh():
            return _run(list(arguments))
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has seen enough.
        sys.stderr.close()
        return Exit.FINE
    except Exception as error:  # noqa: BLE001  every error ends in a sentence and a code
        if debug:
            traceback.print_exc()
        return _explained(error)


def _run(arguments: list[str]) -> int:
    """Run it once, or with --watch again and again; Ctrl-C then ends with the last look's code."""
    while True:
        code = app(arguments, prog_name="personalize-monitor", standalone_mode=False)
        pause = habits.asked().watch
        if pause is None:
            return int(code or Exit.FINE)
        try:
            time.sleep(pause)
        except KeyboardInterrupt:
            return int(code or Exit.FINE)
        _clear()


def _clear() -> None:
    """An empty screen for the next look; between looks into a pipe there is an empty line."""
    sys.stdout.write("\x1b[2J\x1b[H" if sys.stdout.isatty() else "\n")


def _explained(error: Exception) -> Exit:
    """Say what went wrong in one sentence; answers the exit code."""
    from personalize_monitor_desk.cli.screen import complain  # noqa: PLC0415  only on errors

    if hasattr(error, "format_message"):  # typer's own: a wrong option, a missing argument
        complain(_in_our_words(error.format_message()))
        return Exit.USAGE
    if type(error).__name__ == "Abort":
        return Exit.INTERRUPTED
    if isinstance(error, Refused | Unavailable):
        complain(str(error))
        return Exit.REFUSED
    if isinstance(error, PersonalizeMonitorError):
        complain(str(error))
        return Exit.USAGE
    return _from_elsewhere(error)


def _in_our_words(message: str) -> str:
    """What typer says of a wrong option, without its internals."""
    found = _CHOICE.match(message)
    if not found:
        return message
    *others, last = (word.strip("' ") for word in found["choices"].split(","))
    option = found["option"].split(" / ")[0].strip("'")
    return f"{option} {found['value']}: use {', '.join(others)} or {last}."


def _flowing(text: str) -> str:
    """A docstring whose lines end where the screen does, not where the source did."""
    return re.sub(r"(?<!\n)\n(?=--|[^\s-])", " ", text)


def _refusal(error: Exception) -> str:
    """What AWS said, and what somebody at a terminal can do about it."""
    from personalize_monitor.aws.problems import code_of, is_denied, is_throttled  # noqa: PLC0415

    if is_denied(error):
        cure = "`personalize-monitor doctor` names the permissions that are missing"
    elif is_throttled(error):
        cure = "try again in a minute"
    elif getattr(error, "response", None):
        cure = "look at --profile and --region"
    elif "Timeout" in type(error).__name__:
        cure = "it did not answer in time: try again, or look at the network and the endpoint"
    else:
        cure = "look at the network, the proxy and AWS_ENDPOINT_URL"
    return f"AWS gave no answer ({code_of(error)}: {error}); {cure}."


def _from_elsewhere(error: Exception) -> Exit:
    """Errors that are not ours: of AWS, of missing parts, and bugs."""
    from personalize_monitor.aws.problems import AWS_ERRORS  # noqa: PLC0415
    from personalize_monitor_desk.cli.screen import complain  # noqa: PLC0415

    if isinstance(error, AWS_ERRORS):
        complain(credentials_sentence(error) or _refusal(error))
        return Exit.REFUSED
    if isinstance(error, ModuleNotFoundError):
        name = (error.name or "").partition(".")[0]
        extra = next((one for one, modules in EXTRAS.items() if name in modules), "all")
        complain(f"{error.name} is not installed; {cure(extra)}.")
        return Exit.USAGE
    complain(f"This is a mistake of ours ({type(error).__name__}: {error}); --debug shows where.")
    return Exit.BUG
