"""The notification topic of a region away from home, and its one e-mail subscription.

Alarms reach only topics of their own region and account. At home the stack's topic is used.
"""

from __future__ import annotations

import hashlib

from personalize_monitor.alarms.mark import tags_of
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.aws.topics import Topics
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.settings import Settings

ASKED_TAG = "PersonalizeMonitorAsked"
"""Tag on a topic: short hashes of the addresses that were asked to confirm, the latest last."""
_NOBODY = "-"
_REMEMBERED = 12  # of 16 characters each; a tag's value has 256


def ensure(target: Target, settings: Settings, deployment: Deployment) -> list[str]:
    """Make the site's topic if it has none, and subscribe the notification address once.

    An existing topic keeps its policy. Answers the problems; one call when nothing is to be done.
    """
    if is_home(target, deployment):
        return []
    topics = topics_of(target, deployment)
    try:
        tags = topics.tags()
        if tags is None:
            tags = tags_of(deployment)
            topics.create(tags)
        asked = tags.get(ASKED_TAG, "").split()
        return _subscribe(topics, asked, settings.notification_endpoint)
    except AWS_ERRORS as error:
        return [sentence(f"Preparing the notification topic of {target}", error)]


def topics_of(target: Target, deployment: Deployment) -> Topics:
    """The site's notification topic, whether it exists or not."""
    return Topics(
        target.access, target.region, account=target.account, partition=deployment.partition
    )


def is_home(target: Target, deployment: Deployment) -> bool:
    """Whether the stack's own topic serves this site; CloudFormation makes and removes it."""
    topic = deployment.topic_arn
    return bool(topic) and deployment.topic_in(target.account, target.region) == topic


def _subscribe(topics: Topics, asked: list[str], endpoint: str) -> list[str]:
    """Ask ``endpoint`` once, let go of the addresses before it, and remember them all.

    Whoever unsubscribed is not asked again. An address is let go of only when it was asked by us;
    where that fails, ``endpoint`` is not remembered as the latest, so that it is tried again.
    """
    current = _short(endpoint)
    if current == (asked[-1] if asked else _NOBODY):
        return []
    subscriptions = topics.mail_subscriptions()
    if endpoint and current not in asked and endpoint not in subscriptions:
        topics.subscribe(endpoint)
    problems = []
    before = [known for known in asked if known not in {current, _NOBODY}]
    for address, arn in subscriptions.items():
        if _short(address) in before and arn.startswith("arn:"):
            try:
                topics.unsubscribe(arn)
                before.remove(_short(address))
            except AWS_ERRORS as error:
                doing = f"Ending the subscription of a former address to {topics.arn}"
                problems.append(sentence(doing, error))
    before = before[1 - _REMEMBERED :]
    topics.tag(ASKED_TAG, " ".join([current, *before] if problems else [*before, current]))
    return problems


def _short(endpoint: str) -> str:
    """Enough of a hash to recognize an address by, without showing it to whoever reads tags."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:16] if endpoint else _NOBODY
