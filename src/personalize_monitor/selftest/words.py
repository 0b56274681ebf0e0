"""What people are told about a self-test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from personalize_monitor.model.counted import counted
from personalize_monitor.selftest.tries import MEMBER, Refusal, Report


def sentences(report: Report) -> list[str]:
    """A sentence for each refusal, the same one in several regions once, and for each silence."""
    together: dict[tuple[str, ...], list[Refusal]] = {}
    for one in sorted(report.refused):
        key = (one.role, one.statement, one.action, one.resource_anywhere, one.account)
        together.setdefault(key, []).append(one)
    return [_sentence(same) for same in together.values()] + list(dict.fromkeys(report.silent))


def _sentence(same: Sequence[Refusal]) -> str:
    one = same[0]
    regions = ", ".join(dict.fromkeys(refusal.region for refusal in same))
    return (
        f"{one.action} is refused to {_who(one)} in {regions}: see that the statement "
        f"{one.statement} of {_where(one)} allows it on {one.resource_anywhere}, and that no "
        f"boundary or service control policy denies it. AWS says: {one.said}"
    )


def _who(one: Refusal) -> str:
    if one.role == MEMBER:
        return f"the role of account {one.account}"
    return one.role.removesuffix("Role")


def _where(one: Refusal) -> str:
    if one.role == MEMBER:
        return "its role in member-account.yaml (if that is meant there, nothing is wrong)"
    return f"{one.role} in template.yaml"


def lines(report: Report, missing: Iterable[str] = ()) -> list[str]:
    """The result as lines of a mail."""
    told = [*sentences(report), *missing]
    count = f"{counted(report.tried, 'call')} tried, {counted(len(report.refused), 'refusal')}."
    return [count, *(told or ["Nothing is refused."])]


def headline(report: Report, missing: Sequence[str]) -> str:
    """The result in a few words, for a subject."""
    said = []
    if report.refused:
        actions = sorted({one.action for one in report.refused})
        more = f" and {len(actions) - 1} more" if len(actions) > 1 else ""
        said.append(f"AWS refuses {actions[0]}{more}")
    if report.silent:
        said.append("a call has no answer" if len(report.silent) == 1 else "calls have no answer")
    if missing:
        said.append("something does not arrive")
    return ", ".join(said) if said else "all is allowed and arrives"
