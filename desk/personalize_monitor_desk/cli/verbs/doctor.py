"""``doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from personalize_monitor.aws.problems import AWS_ERRORS, is_denied, sentence
from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor.model.counted import counted
from personalize_monitor.plan.snapshot import Snapshot
from personalize_monitor_desk.cli import deployed, documents, options, session
from personalize_monitor_desk.cli.deployed import Deployed, StackName
from personalize_monitor_desk.cli.doctor import deployment, permissions, selftest
from personalize_monitor_desk.cli.doctor.finding import Finding, Mark, note, ok, skipped, wrong
from personalize_monitor_desk.cli.exits import Exit, Refused, credentials_sentence
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit
from personalize_monitor_desk.cli.session import Where
from personalize_monitor_desk.cli.table import Column, Table

EXAMPLE = "Example: personalize-monitor doctor --region us-east-1 --region eu-west-1"

Functions = Annotated[
    bool,
    typer.Option(
        "--deployed", help="Let each function of the deployment try its permissions (a minute)."
    ),
]

EndHold = Annotated[
    bool,
    typer.Option(
        "--end-hold",
        help="With --deployed: let floors be changed again after an update that changed more than "
        "its floor.",
    ),
]


def command(  # noqa: PLR0917  typer reads the options from the signature
    profile: options.Profile = None,
    region: options.Regions = None,
    stack: StackName = "",
    functions: Functions = False,
    end_hold: EndHold = False,
    output: options.As = Output.TABLE,
    check: options.Check = False,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Check credentials, permissions, regions, deployment, notifications and metrics.

    Reads only. With --deployed each function of the deployment tries, as its own role, what it
    needs; that changes nothing either. Findings for --check: anything that is wrong.
    With --end-hold floors may be changed again.
    """
    if end_hold and not functions:
        raise InvalidRequest("--end-hold is for a deployment; give --deployed with it.")
    place = session.where(profile, region, None)
    findings = examined(place, stack, functions=functions, end_hold=end_hold)
    emit(result(findings), output)
    bad = [one for one in findings if one.mark is Mark.WRONG]
    if findings[0].mark is Mark.WRONG:
        raise typer.Exit(Exit.REFUSED)
    raise typer.Exit(Exit.FINDINGS if check and bad else Exit.FINE)


def examined(
    place: Where, stack: str, *, functions: bool = False, end_hold: bool = False
) -> list[Finding]:
    """All checks in the order in which one builds on the other."""
    first = _credentials(place)
    if first.mark is Mark.WRONG:
        return [first, skipped("Everything else", "Nothing can be asked without credentials.")]
    findings, seen = _regions(place)
    there, about = _stack(place, stack)
    for region in place.regions:
        home = there.stack if there is not None and there.stack.region == region else None
        findings += permissions.tried(permissions.needs(place, region, seen, home), region)
    findings.append(about)
    if there is not None and seen is not None:
        ward = deployment.Ward(place.access, there.stack, seen, place.now)
        findings += deployment.checks(ward)
    if end_hold:
        findings += selftest.ended(place.access, there.stack if there else None)
    if functions:
        findings += selftest.findings(place.access, there.stack if there else None)
    return [first, *findings]


def _credentials(place: Where) -> Finding:
    try:
        account = place.access.account
    except AWS_ERRORS as error:
        said = credentials_sentence(error) or sentence("Asking who we are", error)
        cure = "Give --profile, or set AWS_PROFILE; then try `aws sts get-caller-identity`."
        return wrong("Credentials", said, cure)
    return ok("Credentials", f"They work, for account {account}.")


def _regions(place: Where) -> tuple[list[Finding], Snapshot | None]:
    try:
        seen = session.see(place, depth="day")
    except Refused as problem:
        cure = "Look at the permissions below, at --region, and at the network (proxy, endpoint)."
        return [wrong(f"Regions {', '.join(place.regions)}", str(problem), cure)], None
    findings = []
    for one in seen.places:
        if not one.answered:
            said = one.problems[0] if one.problems else "It does not answer."
            cure = "Look whether the account may use the region, and at the network."
            findings.append(wrong(f"Region {one.region}", said, cure))
        else:
            said = f"{len(one.seen)} campaigns and recommenders."
            findings.append(ok(f"Region {one.region}", said))
    return findings, seen


def _stack(place: Where, name: str) -> tuple[Deployed | None, Finding]:
    try:
        there = deployed.found(place, name)
    except Unavailable as problem:
        denied = problem.__cause__
        cure = "Look at the network and try again."
        if isinstance(denied, Exception) and is_denied(denied):
            cure = "Allow cloudformation:DescribeStacks to the identity that you use."
        return None, wrong("Deployment", str(problem), cure)
    except InvalidRequest as problem:
        return None, wrong("Deployment", str(problem), "Choose the stack with --stack.")
    if there is None:
        return None, note(
            "Deployment",
            "The application is not deployed in these regions.",
            "`sam build && sam deploy --guided` deploys it; looking works without.",
        )
    return there, ok("Deployment", f"Stack {there.stack.name} in {there.stack.region}.")


def result(findings: Sequence[Finding]) -> Result:
    """The findings in all forms."""
    bad = sum(1 for one in findings if one.mark is Mark.WRONG)
    notes = sum(1 for one in findings if one.mark is Mark.NOTE)
    verb = "is" if bad == 1 else "are"
    heading = f"{counted(bad, 'thing')} {verb} wrong." if bad else "All is well."
    if notes:
        heading += f" {counted(notes, 'note')}."
    return Result(
        document={
            **documents.form("doctor"),
            "wrong": bad,
            "findings": [
                {
                    "subject": one.subject,
                    "mark": str(one.mark),
                    "said": one.said,
                    "cure": one.cure or None,
                }
                for one in findings
            ],
        },
        tables=[table(findings)],
        heading=heading,
        notes=[f"{one.subject}: {one.cure}" for one in findings if one.cure],
    )


_SIGN = {Mark.OK: "✓", Mark.NOTE: "!", Mark.WRONG: "✗", Mark.SKIPPED: "-"}
_STYLE = {Mark.OK: "green", Mark.NOTE: "yellow", Mark.WRONG: "bold red", Mark.SKIPPED: "dim"}


def table(findings: Sequence[Finding]) -> Table[Finding]:
    """One check a line."""
    columns: list[Column[Finding]] = [
        Column(
            "mark",
            " ",
            lambda f: _SIGN[f.mark],
            raw=lambda f: str(f.mark),
            importance=100,
            style=lambda f: _STYLE[f.mark],
        ),
        Column("subject", "Checked", lambda f: f.subject, importance=90, style=lambda _: "bold"),
        Column(
            "said",
            "Found",
            lambda f: f.said,
            importance=80,
            least=30,
            flexible=True,
            prose=True,
        ),
        Column("cure", "Cure", lambda f: f.cure, machine_only=True),
    ]
    return Table(title="", columns=columns, rows=findings)
