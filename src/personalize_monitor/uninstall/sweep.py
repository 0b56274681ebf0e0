"""Remove what a deployment made in one account and region: at uninstall, or when it is left."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from personalize_monitor.alarms.existing import Existing, alarm_name
from personalize_monitor.alarms.mark import OWNER_TAG
from personalize_monitor.alarms.topics import is_home, topics_of
from personalize_monitor.alarms.work import Work
from personalize_monitor.aws.alarms import Alarms
from personalize_monitor.aws.paging import Listing
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.contract import ALARM_PREFIX, TOPIC_NAME
from personalize_monitor.model.apart import apart


@dataclass(frozen=True, slots=True)
class SweepReport:
    """How much was removed. ``done`` is False when something of ours may be left."""

    alarms: int = 0
    topics: int = 0
    problems: tuple[str, ...] = ()
    done: bool = True


def sweep_region(
    target: Target,
    deployment: Deployment,
    *,
    keep_alarms: AbstractSet[str] = frozenset(),
    budget: Budget,
) -> SweepReport:
    """Delete the deployment's alarms, then its topic, in a site; may be repeated.

    Ours are alarms with our mark, and alarms without any mark but with our owner's tag; those of
    the existing application, which has neither, stay. The
    topic stays while an alarm of ``keep_alarms`` needs it. Failures are reported, not raised.
    """
    alarms = Alarms(target.access, target.region)
    work = Work(alarms, target.region, budget)
    listing = alarms.ours() if work.has_time() else Listing(())
    if listing.error:
        work.problems.append(sentence(f"Listing the alarms of {target}", listing.error))
    found, odd = apart(listing.items, Existing.of, doing="Reading the alarm", name=alarm_name)
    work.problems.extend(odd)
    ours = [alarm for alarm in found if _ours(alarm, deployment, work)]
    work.delete(sorted(alarm.name for alarm in ours if alarm.name not in keep_alarms))
    kept = any(alarm.name in keep_alarms for alarm in ours)
    topics = 0 if kept or is_home(target, deployment) else _sweep_topic(target, deployment, work)
    if not work.done and not work.problems:
        work.problems.append(
            f"There was no time to remove everything in {target}; repeat it, or delete the alarms "
            f"that begin with {ALARM_PREFIX} and the topic {TOPIC_NAME} there by hand."
        )
    return SweepReport(
        alarms=len(work.deleted),
        topics=topics,
        problems=tuple(work.problems),
        done=work.done and not work.problems,
    )


def _ours(alarm: Existing, deployment: Deployment, work: Work) -> bool:
    if alarm.mark is not None:
        return alarm.mark.owner == deployment.owner
    return work.tagged(alarm, OWNER_TAG, deployment.owner)


def _sweep_topic(target: Target, deployment: Deployment, work: Work) -> int:
    """Delete the site's topic, its subscriptions with it, when this deployment made it."""
    if not work.has_time():
        return 0
    topics = topics_of(target, deployment)
    try:
        tags = topics.tags()
        if tags is None or tags.get(OWNER_TAG) != deployment.owner:
            return 0
        topics.delete()
    except AWS_ERRORS as error:
        work.problems.append(sentence(f"Deleting the notification topic of {target}", error))
        return 0
    return 1
