"""What a look at an account asks, and what it sees: plain values for every kind of display."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from personalize_monitor.alarms.names import Sort
from personalize_monitor.decide.history import SPAN
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.floors import Floors
from personalize_monitor.model.money import Money
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window
from personalize_monitor.policy.harm import Case
from personalize_monitor.settings import Settings

DAY = timedelta(days=1)
NO_PAST = JournalReader(None)

Depth = Literal["day", "month", "fortnight"]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What is known of a region's resources while they are still being described.

    ``serving`` is how many the lists tell of, 0 while no list has answered.
    """

    resources: tuple[Resource, ...]
    serving: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Where and when to look, and how far back.

    ``depth`` ``day`` reads 24 hours; ``month`` two weeks, on which all money rests; ``fortnight``
    the same, and draws the decisions that
    the deployed application would draw under ``settings``, with the past in ``book``,
    and with our own datapoints to be expected where it is ``deployed``. ``past``
    says that ``now`` is not the present, so that floors come from the metrics. ``before`` are the
    places of an earlier look, by region: what does not answer now is kept from there, as stale.
    ``groups`` asks for dataset groups, one call each, where a campaign's is shown.
    ``progress`` hears what was just done, ``arriving`` for each region a way to ask what is known
    of it so far, by any thread at any time.
    """

    regions: tuple[str, ...]
    now: datetime
    settings: Settings
    prices: PriceTable
    depth: Depth = "day"
    past: bool = False
    reader: JournalReader = NO_PAST
    deployed: bool = False
    groups: bool = True
    before: Mapping[str, Place] = field(default_factory=dict)
    progress: Callable[[str], None] = lambda _: None
    arriving: Callable[[str, Callable[[], Arrivals]], None] = lambda _, __: None

    @property
    def span(self) -> timedelta:
        """How far back demand is read."""
        return DAY if self.depth == "day" else SPAN

    @property
    def window(self) -> Window:
        """The last settled window: what "now" means for demand."""
        return Window.settled(self.now, timedelta(minutes=self.settings.metric_delay_minutes))


@dataclass(frozen=True, slots=True)
class Errors:
    """Requests refused in the last 24 hours; None where CloudWatch gave no full answer."""

    client: float | None
    server: float | None

    @property
    def total(self) -> float | None:
        """All of them; unknown as soon as one part is."""
        if self.client is None or self.server is None:
            return None
        return self.client + self.server


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """One alarm of ours for a resource; ``state`` is CloudWatch's word.

    ``speaks`` says whether its actions are on; ``muted`` that a person switched them off.
    """

    name: str
    sort: Sort
    state: str
    speaks: bool
    muted: bool
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """US dollars for a month of 730 hours with the demand that was seen.

    ``cost`` is the resource's share of the account's bill, ``waste`` its part for a floor above
    the demand, ``saving`` what the decision would save (None where nothing is decided).
    """

    cost: Money
    waste: Money
    saving: Money | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One resource: what it is, what it served, and what we make of it.

    ``demand`` covers the question's span up to the last settled window. ``floors`` tells since
    when (epoch seconds) which floor was in force, as far as metrics show it. ``alarms`` is None
    where they could not be read. ``guards`` names what would hold an action back now.
    ``dataset_group`` is its ARN, None while unknown. ``case`` is that of the last lowering of its
    floor in two weeks, as the journal has it.
    """

    resource: Resource
    sample: Sample
    demand: Demand
    floors: Floors
    errors: Errors
    alarms: tuple[AlarmSeen, ...] | None
    guards: tuple[str, ...]
    figures: Figures
    decision: Decision | None = None
    dataset_group: str | None = None
    case: Case | None = None

    @property
    def average(self) -> float | None:
        """Requests per second in the last settled window; None when unknown."""
        return self.sample.average

    @property
    def utilization(self) -> float | None:
        """Percent of the floor in the last settled window; None when unknown or not serving."""
        if self.resource.state is not State.ACTIVE:
            return None
        return self.sample.utilization(self.resource.floor)

    @property
    def unknown(self) -> bool:
        """Whether AWS did not answer about it, wholly or in part."""
        if self.resource.stale:
            return True
        if self.decision is not None and self.decision.held_by == "unknown data":
            return True
        if self.resource.state is not State.ACTIVE or not self.demand.sums:
            return False
        gaps = self.demand.known < len(self.demand)
        return gaps or not self.sample.known or self.errors.total is None

    @property
    def firing(self) -> int:
        """How many of its alarms are in ALARM and tell people so."""
        return sum(1 for alarm in self.alarms or () if alarm.state == "ALARM" and alarm.speaks)


@dataclass(frozen=True, slots=True)
class Place:
    """One region of the account: what was seen there, and what could not be.

    ``missing`` are the kinds of which there may be more than ``seen`` holds, because a list was
    refused or broke off; ``since`` is when that began. ``answered`` is False when nothing answered.
    """

    region: str
    seen: tuple[Seen, ...] = ()
    problems: tuple[str, ...] = ()
    answered: bool = True
    missing: frozenset[Kind] = frozenset()
    since: datetime | None = None

    @property
    def whole(self) -> bool:
        """Whether all resources of the region are known as they are now."""
        return self.answered and not self.missing and not any(s.resource.stale for s in self.seen)

    @property
    def partial(self) -> bool:
        """Whether anything that was asked here was not answered."""
        return not self.whole or any(one.alarms is None or one.unknown for one in self.seen)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole account as of ``window``, region by region.

    ``priced`` is the time (begin, end) whose demand the money's month repeats: that of the look
    itself where nothing else is said.
    """

    account: str
    now: datetime
    window: Window
    span: timedelta
    places: tuple[Place, ...]
    prices_as_of: date
    journal_trouble: str = ""
    """Why what became of changes is not known; empty when it is."""
    priced: tuple[datetime, datetime] | None = None

    @property
    def basis(self) -> tuple[datetime, datetime]:
        """Begin and end of the time whose demand the money's month repeats."""
        return self.priced or (self.window.end - self.span, self.window.end)

    @property
    def seen(self) -> tuple[Seen, ...]:
        """All resources, by region and name."""
        return tuple(one for place in self.places for one in place.seen)

    @property
    def serving(self) -> tuple[Seen, ...]:
        """Those that serve and are billed; of what is stale nobody knows."""
        return tuple(
            one
            for one in self.seen
            if one.resource.state is State.ACTIVE and not one.resource.stale
        )

    @property
    def whole(self) -> bool:
        """Whether all resources of all regions are known as they are now."""
        return all(place.whole for place in self.places)

    @property
    def partial(self) -> bool:
        """Whether anything that was asked was not answered."""
        return bool(self.journal_trouble) or any(place.partial for place in self.places)

    def place(self, region: str) -> Place | None:
        """What was seen of a region, or None when it was not looked at."""
        return next((place for place in self.places if place.region == region), None)

    def is_gone(self, arn: Arn) -> bool | None:
        """Whether a resource does not exist any more; None when nobody can say.

        Only the whole list of its kind, in its own region and account, tells what is not there.
        """
        there = next((one.resource for one in self.seen if one.resource.arn == arn), None)
        if there is not None:
            return None if there.stale else False
        place = self.place(arn.region)
        if place is None or arn.account != self.account or not place.answered:
            return None
        return None if Kind(arn.kind) in place.missing else True

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, a sentence each."""
        found = [problem for place in self.places for problem in place.problems]
        return (*found, self.journal_trouble) if self.journal_trouble else tuple(found)

    @property
    def cost(self) -> Money:
        """A month of all resources at the present floors."""
        return self._sum(one.figures.cost for one in self.seen)

    @property
    def waste(self) -> Money:
        """The part of the cost for floors above the demand."""
        return self._sum(one.figures.waste for one in self.seen)

    @property
    def saving(self) -> Money:
        """What all decisions together would save in a month."""
        return self._sum(one.figures.saving for one in self.seen if one.figures.saving)

    def _sum(self, amounts: Iterable[Money]) -> Money:
        """A sum over the account, short of what regions did not tell."""
        missing = sum(not place.answered or bool(place.missing) for place in self.places)
        return Money.total(amounts).partly(missing)
