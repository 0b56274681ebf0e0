"""Find what is there: the campaigns and recommenders of one account and region.

Lists are cheap and read every cycle. A campaign's floor needs a describe of its own, which
throttles early, so it is asked only for campaigns that are new, that moved or that are being
updated; and once an hour for each, after its datapoints are out. What is known already is handed
out at once, the rest as it comes. What AWS does not answer is taken from memory, marked as stale.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

from personalize_monitor.aws.paging import Listing
from personalize_monitor.aws.personalize import CampaignSummary, Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found, sentence
from personalize_monitor.collect.arrivals import arrivals
from personalize_monitor.collect.recipes import Recipes
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.target import Target
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.model.window import Window
from personalize_monitor.policy.slots import turn
from personalize_monitor.settings import Settings

_log = logging.getLogger(__name__)
_SECONDS_KEPT_BACK = 60.0
_SHARE_KEPT_BACK = 0.4
"""No describe begins when less is left, seconds or share of the time that there was: what is known
is still to be measured and published."""


@dataclass(slots=True)
class Found:
    """One place's fleet. ``complete`` holds the kinds of which ``resources`` has all."""

    resources: tuple[Resource, ...] = ()
    complete: frozenset[Kind] = frozenset()
    problems: list[str] = field(default_factory=list)

    @property
    def active(self) -> tuple[Resource, ...]:
        """Those that serve now."""
        return tuple(r for r in self.resources if r.state is State.ACTIVE)

    @property
    def blank(self) -> bool:
        """Whether nothing is seen because a list is missing, not because nothing is there."""
        return not self.resources and len(self.complete) < len(Kind)


@dataclass(frozen=True, slots=True)
class Census:
    """How many resources serve, by what the lists say; ``sure`` is False when a list is missing."""

    campaigns: int = 0
    recommenders: int = 0
    sure: bool = False

    @property
    def total(self) -> int:
        """Both kinds."""
        return self.campaigns + self.recommenders


class Discovery:
    """Discovery of one site in one cycle; ``pool`` bounds the calls that run together.

    ``run`` does all at once. A cycle takes the steps itself: ``look``, then every batch of
    ``batches`` to its end, then ``refresh``, then ``found``.
    """

    def __init__(  # noqa: PLR0917  where, what is wanted, what is known, when, and with what
        self,
        target: Target,
        settings: Settings,
        memory: Memory,
        window: Window,
        pool: Executor,
        budget: Budget | None = None,
    ) -> None:
        self._site = target
        self._settings = settings
        self._memory = memory
        self._window = window
        self._pool = pool
        self._budget = budget or Budget()
        self._kept_back = min(_SECONDS_KEPT_BACK, _SHARE_KEPT_BACK * self._budget.seconds)
        self._personalize = Personalize(target.access, target.region)
        self._recipes = Recipes(self._personalize, memory, str(target))
        self._problems: list[str] = []
        self._before: dict[str, Resource] = {}
        self._complete: set[Kind] = set()
        self._known: dict[str, Resource] = {}
        self._due: list[CampaignSummary] = []
        self._gone: set[str] = set()
        self.census = Census()

    def run(self) -> Found:
        """Everything wanted in this place, sorted by ARN."""
        self.look()
        for _ in self.batches():
            pass
        return self.found()

    def look(self) -> None:
        """Read both lists, side by side, and take what is known from them and from memory."""
        place = (self._site.account, self._site.region)
        self._before = {str(r.arn): r for r in self._memory.fleets.get(place, ())}
        recommenders = self._wanted(Kind.RECOMMENDER) and self._pool.submit(
            self._personalize.recommenders
        )
        if self._wanted(Kind.CAMPAIGN):
            summaries, listing = self._personalize.campaigns()
            chosen = [s for s in summaries if self._settings.wants(s.arn)]
            self._account_for(Kind.CAMPAIGN, [s.arn for s in chosen], listing)
            for summary in chosen:
                self._take(summary)
        if recommenders:
            resources, listing = recommenders.result()
            mine = {str(r.arn): r for r in resources if self._settings.wants(r.arn)}
            self._account_for(Kind.RECOMMENDER, [r.arn for r in mine.values()], listing)
            self._known |= mine
        self.census = self._count()

    def batches(self) -> Iterator[tuple[Resource, ...]]:
        """Resources that serve, each once: those known already, then the others as they come."""
        for batch in arrivals(
            self._pool, self._describe, self._due, ready=self._known.values(), go_on=self._has_time
        ):
            named = self._recipes.named(batch)
            self._known |= {str(resource.arn): resource for resource in named}
            if active := tuple(r for r in named if r.state is State.ACTIVE):
                yield active
        self._account_for_unseen()

    def refresh(self) -> None:
        """Describe campaigns whose hour has come: their list does not tell of every change."""
        asked = {str(summary.arn) for summary in self._due}
        due = [
            CampaignSummary(resource.arn, resource.status, resource.created, resource.updated)
            for arn, resource in self._known.items()
            if resource.kind is Kind.CAMPAIGN
            and resource.state is State.ACTIVE
            and arn not in asked
            and self._memory.described.get(arn) != turn(arn, self._window)
        ]
        for batch in arrivals(self._pool, self._describe, due, ready=(), go_on=self._has_time):
            self._known |= {str(resource.arn): resource for resource in batch}

    def found(self) -> Found:
        """All that was found, sorted by ARN and remembered for the next cycle."""
        self._recipes.ask_unlisted(self._known.values(), self._pool)
        named = self._recipes.named(self._known.values())
        resources = tuple(sorted(named, key=lambda resource: str(resource.arn)))
        place = (self._site.account, self._site.region)
        self._memory.fleets[place] = resources
        self._memory.listed[place] = self._memory.listed.get(place, frozenset()) | self._complete
        self._memory.forget(set(self._before) - set(self._known))
        problems = [*self._problems, *self._recipes.problems]
        return Found(resources, frozenset(self._complete), problems)

    def _has_time(self) -> bool:
        return self._budget.allows(self._kept_back)

    def _wanted(self, kind: Kind) -> bool:
        selection = self._settings.selection(kind)
        wanted = selection.all or any(self._is_here(arn) for arn in selection.arns)
        if not wanted:
            self._complete.add(kind)
        return wanted

    def _is_here(self, arn: Arn) -> bool:
        return (arn.account, arn.region) == (self._site.account, self._site.region)

    def _account_for(self, kind: Kind, listed: Iterable[Arn], listing: Listing) -> None:
        """What a list says by what it does not hold, or by its failure."""
        if listing.error is not None:
            doing = f"Listing {kind}s of {self._site}"
            self._problems.append(sentence(doing, listing.error, region=self._site.region))
        if not listing.complete:
            self._problems.extend(listing.unreadable)
            kept = {a: replace(r, stale=True) for a, r in self._before.items() if r.kind is kind}
            self._known |= kept
            return
        self._complete.add(kind)
        asked = {arn for arn in self._settings.selection(kind).arns if self._is_here(arn)}
        self._problems.extend(
            f"{arn} was asked for but does not exist; correct the parameter, or create it."
            for arn in sorted(asked.difference(listed), key=str)
        )

    def _take(self, summary: CampaignSummary) -> None:
        """One campaign of the list: it is known, or must be described."""
        arn = str(summary.arn)
        known = self._memory.campaigns.get(arn)
        if State.of_status(summary.status) is not State.ACTIVE:
            self._known[arn] = _not_serving(summary)
        elif known is not None and not _moved(known, summary):
            self._known[arn] = known
        else:
            self._known.pop(arn, None)
            self._due.append(summary)

    def _count(self) -> Census:
        kinds = [r.kind for r in self._known.values() if r.state is State.ACTIVE]
        campaigns = kinds.count(Kind.CAMPAIGN) + len(self._due)
        place = (self._site.account, self._site.region)
        remembered = {resource.kind for resource in self._before.values()}
        remembered |= self._memory.listed.get(place, frozenset())
        sure = set(Kind) <= self._complete | remembered
        return Census(campaigns, kinds.count(Kind.RECOMMENDER), sure=sure)

    def _describe(self, summary: CampaignSummary) -> Resource | None:
        """The campaign as it is now, as it was last known, or None when there is neither."""
        try:
            described = self._personalize.campaign(summary.arn)
        except AWS_ERRORS as error:
            if is_not_found(error):  # deleted since it was listed
                self._gone.add(str(summary.arn))
                return None
            self._problems.append(sentence(f"Describing {summary.arn}", error))
            return self._last_known(summary)
        except Exception as error:  # noqa: BLE001  an answer nobody thought of costs this one
            _log.exception("odd answer", extra={"resource": str(summary.arn)})
            self._problems.append(
                f"What AWS says of {summary.arn} cannot be read ({type(error).__name__}: {error}); "
                "it is left alone, and nothing else is affected."
            )
            return self._last_known(summary)
        # The list's time is the one that the next list is compared with.
        described = replace(described, updated=summary.updated)
        self._memory.campaigns[str(summary.arn)] = described
        self._memory.described[str(summary.arn)] = turn(str(summary.arn), self._window)
        return described

    def _last_known(self, summary: CampaignSummary) -> Resource | None:
        arn = str(summary.arn)
        last = self._memory.campaigns.get(arn) or self._before.get(arn)
        return None if last is None else replace(last, stale=True)

    def _account_for_unseen(self) -> None:
        """Campaigns that were listed but are not known: the next cycle goes on with them."""
        unseen = 0
        for summary in self._due:
            arn = str(summary.arn)
            if arn in self._known or arn in self._gone:
                continue
            last = self._last_known(summary)
            if last is None:
                unseen += 1
                self._complete.discard(Kind.CAMPAIGN)
            else:
                self._known[arn] = last
        if unseen and not self._has_time():
            self._problems.append(
                f"{unseen} campaigns of {self._site} could not be described in the time there is; "
                "the next cycle goes on with them."
            )


def _moved(known: Resource, summary: CampaignSummary) -> bool:
    """Whether a campaign may have another floor than when it was described."""
    return (
        known.updated != summary.updated
        or known.created != summary.created
        or known.status != summary.status
        or known.update_pending
    )


def _not_serving(summary: CampaignSummary) -> Resource:
    return Resource(
        arn=summary.arn,
        name=summary.arn.name,
        kind=Kind.CAMPAIGN,
        status=summary.status,
        floor=1,
        created=summary.created,
        updated=summary.updated,
    )
