"""The notification topic of a region away from home, and its one e-mail subscription.

Alarms reach only topics of their own region and account. At home the stack's topic is used.
"""

from __future__ import annotations

import hashlib

from personalize_monitor.app.alarms.mark import tags_of
from personalize_monitor.app.site import Deployment, Site
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.aws.topics import Topics
from personalize_monitor.settings import Settings

ASKED_TAG = "PersonalizeMonitorAsked"
"""Tag on a topic: short hashes of the addresses that were asked to confirm, the latest last."""
_NOBODY = "-"
_REMEMBERED = 12  # of 16 characters each; a tag's value has 256


def ensure(site: Site, settings: Settings, deployment: Deployment) -> list[str]:
    """Make the site's topic if it has none, and subscribe the notification address once.

    An existing topic keeps its policy. Answers the problems; one call when nothing is to be done.
    """
    topics = topics_of(site, deployment)
    if is_home(site, deployment):
        return []
    try:
        tags = topics.tags()
        if tags is None:
            tags = tags_of(deployment)
            topics.create(tags)
        _subscribe(topics, tags.get(ASKED_TAG, "").split(), settings.notification_endpoint)
    except AWS_ERRORS as error:
        return [sentence(f"Preparing the notification topic of {site}", error)]
    return []


def topics_of(site: Site, deployment: Deployment) -> Topics:
    """The site's notification topic, whether it exists or not."""
    return Topics(site.access, site.region, account=site.account, partition=deployment.partition)


def is_home(site: Site, deployment: Deployment) -> bool:
    """Whether the stack's own topic serves this site; CloudFormation makes and removes it."""
    topic = deployment.topic_arn
    return bool(topic) and deployment.topic_in(site.account, site.region) == topic


def _subscribe(topics: Topics, asked: list[str], endpoint: str) -> None:
    """Ask ``endpoint`` once, let go of the address before it, and remember both.

    Whoever unsubscribed is not asked again. An address is let go of only when it was asked by us.
    """
    current = _short(endpoint)
    if current == (asked[-1] if asked else _NOBODY):
        return
    subscriptions = topics.mail_subscriptions()
    for address, arn in subscriptions.items():
        if _short(address) in asked and address != endpoint and arn.startswith("arn:"):
            topics.unsubscribe(arn)
            asked = [known for known in asked if known != _short(address)]
    if endpoint and current not in asked and endpoint not in subscriptions:
        topics.subscribe(endpoint)
    asked = [known for known in asked if known not in {current, _NOBODY}]
    topics.tag(ASKED_TAG, " ".join([*asked, current][-_REMEMBERED:]))


def _short(endpoint: str) -> str:
    """Enough of a hash to recognize an address by, without showing it to whoever reads tags."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:16] if endpoint else _NOBODY
