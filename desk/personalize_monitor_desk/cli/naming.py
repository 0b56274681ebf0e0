"""Names instead of ARNs, wherever a resource is meant; an ambiguous one is refused, not guessed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.errors import InvalidArn
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.operator import Operator
from personalize_monitor_desk.cli.exits import Refused, Usage
from personalize_monitor_desk.cli.session import Where

_JOURNAL_HOURS = 90 * 24.0
"""How far back a name is looked for among what is not there any more."""


def resource_arn(text: str) -> Arn:
    """The ARN of a campaign or recommender. Raises Usage for anything else."""
    try:
        return Arn.of_resource(text, kinds=tuple(Kind))
    except InvalidArn as problem:
        raise Usage(str(problem)) from problem


def resource(place: Where, text: str, *, operator: Operator | None = None) -> Arn:
    """The resource that ``text`` means: an ARN, a name, or ``campaign/NAME``.

    Names are looked for in the regions of ``place``, and with a ``desk`` also in its journal, for
    what is gone. Raises Usage for a name that fits none or several, and Refused where a region did
    not tell all of its resources, so that nobody knows whether the name fits one only.
    """
    if is_arn(text):
        return resource_arn(text)
    known = set(present(place))
    if operator is not None:
        entries = operator.reader.about(_name(text), now=place.now, hours=_JOURNAL_HOURS)
        known |= {arn for entry in entries if (arn := _read(entry.arn))}
    return among(text, known, where=", ".join(place.regions))


def present(place: Where) -> list[Arn]:
    """All campaigns and recommenders of the place. Raises Refused where a list is not whole."""
    found: list[Arn] = []
    for region in place.regions:
        service = Personalize(place.access, region)
        campaigns, first = service.campaigns()
        recommenders, second = service.recommenders()
        if not (first.complete and second.complete):
            raise Refused(
                f"{region} did not tell all of its resources ({first.error or second.error}), so a "
                "name may fit more than one; give the ARN."
            )
        found += [one.arn for one in campaigns]
        found += [one.arn for one in recommenders]
    return found


def among(text: str, known: Iterable[Arn], *, where: str) -> Arn:
    """The one of ``known`` that is called ``text``. Raises Usage unless it is exactly one."""
    arns = sorted(set(known), key=str)
    fits = [arn for arn in arns if text in {arn.name, f"{arn.kind}/{arn.name}"}]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise Usage(f"{text} is the name of several; give one of {_listed(fits)}.")
    near = get_close_matches(text, {arn.name for arn in arns}, n=1)
    hint = f"did you mean {near[0]}?" if near else "`personalize-monitor status` lists them."
    raise Usage(f"No campaign or recommender in {where} is called {text}; {hint}")


def is_arn(text: str) -> bool:
    """Whether it is meant as an ARN."""
    return text.startswith("arn:")


def _name(text: str) -> str:
    return text.rpartition("/")[2]


def _read(text: str) -> Arn | None:
    try:
        return Arn.of_resource(text, kinds=tuple(Kind))
    except InvalidArn:
        return None


def _listed(arns: Collection[Arn]) -> str:
    return " or ".join(str(arn) for arn in arns)
