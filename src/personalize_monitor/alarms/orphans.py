"""Which alarms are of no use any longer, and may go without a doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from personalize_monitor.alarms.names import Named, read_name
from personalize_monitor.context.target import Target
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.settings import Settings


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a site's resources, to tell an orphan from an alarm that is needed.

    ``gone_ok`` are the kinds whose list was complete: only there absence may mean that it is gone.
    A list may miss one all the same, so ``gone`` asks for the resource itself: True when it does
    not exist, False when it does, None without an answer.
    """

    target: Target
    partition: str
    settings: Settings
    resources: Mapping[tuple[Kind, str], Resource]
    gone_ok: frozenset[Kind]
    gone: Callable[[Arn], bool | None] = lambda _: True

    def orphaned(self, alarm_name: str) -> bool | None:
        """Whether an alarm that is not desired may go; None while that cannot be known."""
        named = read_name(alarm_name)
        if named is None or not named.sort.wanted(self.settings):
            return True
        if not self.settings.wants(self._arn(named)):
            return True
        resource = self.resources.get((named.kind, named.resource))
        if resource is None:
            asked = named.kind in self.gone_ok and self.gone(self._arn(named))
            return True if asked else None
        return resource.state is not State.CHANGING  # it may come back; then its alarms are right

    def _arn(self, named: Named) -> Arn:
        target, what = self.target, f"{named.kind}/{named.resource}"
        return Arn(f"arn:{self.partition}:personalize:{target.region}:{target.account}:{what}")


def by_name(resources: Iterable[Resource]) -> dict[tuple[Kind, str], Resource]:
    """Index resources as ``Known`` wants them."""
    return {(resource.kind, resource.name): resource for resource in resources}
