"""How the command ends: one sentence for people, one code for scripts, whatever went wrong."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import typer
from botocore.exceptions import (
    ClientError,
    ConfigParseError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from tests.cli.conftest import Ask

from personalize_monitor import __version__
from personalize_monitor.errors import (
    Deadline,
    InvalidArn,
    InvalidRequest,
    JournalUnavailable,
    PersonalizeMonitorError,
    ResourceBusy,
    SettingsError,
    Unavailable,
)
from personalize_monitor_desk.cli import main as entrance
from personalize_monitor_desk.cli import start
from personalize_monitor_desk.cli.exits import Exit, Refused, Usage, credentials_sentence
from personalize_monitor_desk.cli.main import Verbs, app, main
from personalize_monitor_desk.cli.parts import VERBS

Raising = Callable[[BaseException], None]


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Raising:
    """Let every verb end with this error."""

    def let(error: BaseException) -> None:
        def verb(_: Sequence[str], **__: Any) -> None:
            raise error

        monkeypatch.setattr(entrance, "app", verb)

    return let


def refusal(code: str, message: str = "No.") -> ClientError:
    """What AWS answers when it refuses."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "ListCampaigns")


CASES: dict[str, tuple[BaseException, Exit, str]] = {
    "an option of ours": (Usage("--at soon is not a time."), Exit.USAGE, "--at soon is not a time"),
    "a request": (InvalidRequest("There is no pre-warm x."), Exit.USAGE, "no pre-warm x"),
    "an ARN": (InvalidArn("shoes is not an ARN."), Exit.USAGE, "shoes is not an ARN"),
    "settings": (SettingsError(["A is bad.", "B too."]), Exit.USAGE, "A is bad. B too."),
    "a busy resource": (ResourceBusy("It is updating."), Exit.USAGE, "It is updating."),
    "the root": (PersonalizeMonitorError("Something."), Exit.USAGE, "Something."),
    "no time left": (Deadline("No time is left."), Exit.USAGE, "No time is left."),
    "a verb's refusal": (Refused("No region gave an answer."), Exit.REFUSED, "No region gave"),
    "no answer": (Unavailable("Listing failed."), Exit.REFUSED, "Listing failed."),
    "no journal": (JournalUnavailable("No journal."), Exit.REFUSED, "No journal."),
    "a denial": (refusal("AccessDeniedException"), Exit.REFUSED, "`personalize-monitor doctor`"),
    "a throttled call": (refusal("ThrottlingException"), Exit.REFUSED, "try again in a minute"),
    "another refusal": (refusal("InternalFailure"), Exit.REFUSED, "look at --profile"),
    "D10: an expired token": (
        refusal("ExpiredToken"),
        Exit.REFUSED,
        "Your credentials have expired (ExpiredToken); renew them",
    ),
    "D10: keys of nobody": (
        refusal("InvalidClientTokenId"),
        Exit.REFUSED,
        "AWS does not know these credentials",
    ),
    "D10: a wrong secret": (
        refusal("SignatureDoesNotMatch"),
        Exit.REFUSED,
        "The secret key does not belong to the access key",
    ),
    "D10: an endpoint that hangs": (
        ReadTimeoutError(endpoint_url="https://personalize.mars"),
        Exit.REFUSED,
        "answer in time",
    ),
    "D10: a file that cannot be parsed": (
        ConfigParseError(path="/home/me/.aws/config"),
        Exit.REFUSED,
        "correct that file",
    ),
    "D13: a choice that is none": (
        typer.BadParameter(
            "Value error, 'yaml' is not one of 'table', 'json', 'csv', 'markdown'.",
            param_hint="'--output' / '-o'",
        ),
        Exit.USAGE,
        "--output yaml: use table, json, csv or markdown.",
    ),
    "no connection": (
        EndpointConnectionError(endpoint_url="https://personalize.mars"),
        Exit.REFUSED,
        "look at the network, the proxy and AWS_ENDPOINT_URL",
    ),
    "no credentials": (NoCredentialsError(), Exit.REFUSED, "No AWS credentials were found"),
    "an unknown profile": (ProfileNotFound(profile="nix"), Exit.REFUSED, "list-profiles"),
    "a missing part": (
        ModuleNotFoundError("No module named 'moto'", name="moto"),
        Exit.USAGE,
        "moto is not installed",
    ),
    "a bug": (ZeroDivisionError("division by zero"), Exit.BUG, "ZeroDivisionError"),
    "a wrong option": (typer.BadParameter("--nope is too much"), Exit.USAGE, "--nope"),
}


@pytest.mark.parametrize(("error", "code", "said"), CASES.values(), ids=CASES)
def test_each_error_has_its_code_and_one_sentence(
    raising: Raising,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: Exit,
    said: str,
) -> None:
    """A script tells errors apart by code, a person by the sentence; nothing is on stdout."""
    raising(error)
    assert main(["status"]) == code
    written = capsys.readouterr()
    assert said in written.err
    assert written.err.startswith("personalize-monitor: ")
    assert written.err.count("\n") == 1
    assert written.out == ""


@pytest.mark.parametrize(("error", "code", "said"), CASES.values(), ids=CASES)
def test_no_traceback_unless_asked(
    raising: Raising,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: Exit,
    said: str,
) -> None:
    """--debug shows where it came from before the same sentence and the same code."""
    raising(error)
    main(["status"])
    assert "Traceback" not in capsys.readouterr().err
    assert main(["status", "--debug"]) == code
    written = capsys.readouterr().err
    assert written.startswith("Traceback")
    assert type(error).__name__ in written
    assert said in written


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(KeyboardInterrupt(), Exit.INTERRUPTED, id="Ctrl-C"),
        pytest.param(typer.Abort(), Exit.INTERRUPTED, id="Ctrl-C at a question"),
    ],
)
def test_an_interruption_is_no_error(
    raising: Raising, capsys: pytest.CaptureFixture[str], error: BaseException, code: Exit
) -> None:
    """Who ends it with Ctrl-C needs no explanation; the code is the shell's own, 130."""
    raising(error)
    assert main(["status"]) == code == 130
    written = capsys.readouterr()
    assert written.out == written.err == ""


def test_a_reader_who_has_seen_enough(raising: Raising, monkeypatch: pytest.MonkeyPatch) -> None:
    """`| head` closes the pipe: that is fine, and python must not complain at its end."""
    closed: list[bool] = []

    class Stderr:
        def close(self) -> None:
            closed.append(True)

    raising(BrokenPipeError())
    monkeypatch.setattr(sys, "stderr", Stderr())
    assert main(["status"]) == Exit.FINE
    assert closed


def test_aws_may_say_anything(raising: Raising, capsys: pytest.CaptureFixture[str]) -> None:
    """The words of AWS are quoted, not obeyed: no markup, no colour, one line."""
    raising(refusal("ValidationException", "[red]No[/]\n\x1b[31mnever"))
    assert main(["status"]) == Exit.REFUSED
    said = capsys.readouterr().err
    assert "[red]No[/]" in said
    assert "\x1b" not in said
    assert said.count("\n") == 1


SIGN_ON = {
    "expired": TokenRetrievalError(provider="sso", error_msg="expired"),
    "not authorized": UnauthorizedSSOTokenError(),
}


@pytest.mark.parametrize("error", SIGN_ON.values(), ids=SIGN_ON)
def test_an_ended_sign_on_says_how_to_begin_a_new_one(error: Exception) -> None:
    """Single sign-on ends every few hours; the cure is one command."""
    said = credentials_sentence(error)
    assert said is not None
    assert "aws sso login" in said


def test_half_credentials_are_none() -> None:
    """A key without its secret is told as missing credentials, with the ways to give some."""
    said = credentials_sentence(PartialCredentialsError(provider="env", cred_var="secret"))
    assert said is not None
    assert "AWS_SECRET_ACCESS_KEY" in said


def test_other_errors_are_not_about_credentials() -> None:
    """A denial is not blamed on the credentials."""
    assert credentials_sentence(refusal("AccessDeniedException")) is None


def test_codes_are_told_apart() -> None:
    """No two endings share a code, and only the good one is 0."""
    codes = [int(code) for code in Exit]
    assert len(set(codes)) == len(codes)
    assert [code for code in Exit if not code] == [Exit.FINE]


def test_the_verbs_can_be_completed() -> None:
    """A shell completes verbs, and is not told of others."""
    group = typer.main.get_command(app)
    assert isinstance(group, Verbs)
    context = typer.Context(group, info_name="personalize-monitor")
    found = {item.value for item in group.shell_complete(context, "s")}
    assert found == {verb for verb in VERBS if verb.startswith("s")}
    assert group.listing is False, "completing leaves the real verbs in place"
    assert group.get_command(context, "nope") is None


def test_the_whole_help_in_one_look(ask: Ask) -> None:
    """Every verb with its line, and where a newcomer begins."""
    answer = ask("--help")
    said = " ".join(answer.out.replace("│", " ").split())
    for verb, line in VERBS.items():
        assert verb in said
        assert line.split(":")[0].split(",")[0] in said
    assert "personalize-monitor demo" in said


def test_nothing_asked_is_a_question_for_help(ask: Ask) -> None:
    """The bare command shows its help instead of doing something."""
    answer = ask()
    assert "Usage" in answer.out + answer.err


@pytest.mark.parametrize("how", ["package", "module", "script"])
def test_d11_each_way_to_start_it(
    how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m personalize_monitor`, its `cli` and the installed script are one command."""
    monkeypatch.setattr(sys, "argv", ["personalize-monitor", "--version"])
    ways = {
        "package": lambda: runpy.run_module("personalize_monitor", run_name="__main__"),
        "module": lambda: runpy.run_module("personalize_monitor_desk.cli", run_name="__main__"),
        "script": start.run,
    }
    with pytest.raises(SystemExit) as ended:
        ways[how]()
    assert not ended.value.code
    assert __version__ in capsys.readouterr().out
