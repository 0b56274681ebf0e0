"""Remove the alarms of one resource, for whoever has just deleted or stopped it."""

from __future__ import annotations

from personalize_monitor.app.alarms.existing import Existing
from personalize_monitor.app.alarms.names import all_names
from personalize_monitor.app.alarms.work import Work
from personalize_monitor.app.budget import Budget
from personalize_monitor.app.site import Deployment, Site
from personalize_monitor.aws.alarms import Alarms
from personalize_monitor.aws.problems import sentence
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind


def remove_alarms(
    site: Site, arn: Arn, deployment: Deployment, budget: Budget | None = None
) -> list[str]:
    """Delete the alarms of ``arn`` unless they are another deployment's; answers the problems.

    Missing alarms are fine, so it may be repeated. What fails is done by the next reconciliation.
    """
    alarms = Alarms(site.access, site.region)
    listing = alarms.named(all_names(Kind(arn.kind), arn.name))
    if listing.error:
        return [sentence(f"Listing the alarms of {arn}", listing.error)]
    work = Work(alarms, site.region, budget or Budget())
    found = [Existing.of(item) for item in listing.items]
    work.delete([a.name for a in found if a.mark is None or a.mark.owner == deployment.owner])
    return work.problems
