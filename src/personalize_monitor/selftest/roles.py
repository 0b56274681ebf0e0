"""Which function tries what: the actions of each role, by the Sids of its statements.

``template.yaml`` and ``member-account.yaml`` say the same; a test takes each action away there, and
asks that it is missed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from personalize_monitor.aws.access import Access
from personalize_monitor.clock import RealTime
from personalize_monitor.context.accounts import Accounts
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.selftest import at_home, at_place
from personalize_monitor.selftest.at_place import Place
from personalize_monitor.selftest.tries import (
    MEMBER,
    Report,
    Try,
    carried_out,
    without_echoes,
)
from personalize_monitor.settings import Settings
from personalize_monitor.uninstall.run import unwatched

_SECONDS = 20.0
"""With less left, what remains is not tried: one call to a silent service takes as long."""


def _sids(text: str) -> dict[str, str]:
    """Lines of ``SID: service:Action Action`` as Sids by action."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        sid, _, rest = line.strip().partition(": ")
        service, _, actions = rest.partition(":")
        found.update({f"{service}:{action}": sid for action in actions.split()})
    return found


_LISTS = "personalize:ListCampaigns ListDatasetGroups ListRecommenders ListSolutions"
_ALARMS = "cloudwatch:DeleteAlarms ListTagsForResource PutMetricAlarm SetAlarmState TagResource"
_TOPICS = (
    "sns:CreateTopic DeleteTopic ListSubscriptionsByTopic ListTagsForResource Subscribe TagResource"
)
_DESCRIBES = "personalize:DescribeCampaign DescribeRecommender DescribeSolution"
_EXECUTOR = """
    ReadMetrics: cloudwatch:GetMetricData
    SeeWhatThereIs: personalize:ListCampaigns ListRecommenders
"""
_MONITOR = f"""
    ReadFloorsAndRecipes: {_DESCRIBES}
    ReadWishes: personalize:ListTagsForResource
    ReadMetrics: cloudwatch:GetMetricData
    PublishMetrics: cloudwatch:PutMetricData
    SeeAlarms: cloudwatch:DescribeAlarms
    KeepAlarms: {_ALARMS}
    KeepTopics: {_TOPICS}
    LetFormerAddressesGo: sns:Unsubscribe
"""
AT_PLACES: Mapping[str, Mapping[str, str]] = {
    "Monitor": _sids(f"""
        ListResources: {_LISTS}
        {_MONITOR}
    """),
    "Update": _sids(f"""{_EXECUTOR}
        ChangeFloors: personalize:DescribeCampaign UpdateCampaign
        ChangeRecommenderFloors: personalize:DescribeRecommender UpdateRecommender
        ReadWishesAndWriteHolds: personalize:ListTagsForResource TagResource
    """),
    "Delete": _sids(f"""{_EXECUTOR}
        ReadWishes: personalize:ListTagsForResource
        DeleteCampaigns: personalize:DeleteCampaign DescribeCampaign
        RemoveAlarms: cloudwatch:DeleteAlarms
    """),
    "Stop": _sids(f"""{_EXECUTOR}
        ReadWishes: personalize:ListTagsForResource
        StopRecommenders: personalize:DescribeRecommender StopRecommender
        RemoveAlarms: cloudwatch:DeleteAlarms
    """),
    "Dashboard": _sids(f"""
        ListResources: {_LISTS}
        ReadFloorsAndRecipes: personalize:DescribeCampaign DescribeSolution
    """),
    "Lifecycle": _sids(f"""
        ListResources: {_LISTS}
        ReadFloorsAndRecipes: personalize:DescribeCampaign DescribeSolution
        SeeAlarms: cloudwatch:DescribeAlarms
        RemoveAlarms: cloudwatch:DeleteAlarms ListTagsForResource
        RemoveTopics: sns:DeleteTopic ListTagsForResource
    """),
    "Notify": {},
    "Journal": {},
}
FUNCTIONS = tuple(AT_PLACES)
_AT_MEMBERS: Mapping[str, str] = _sids(f"""
    ListResources: {_LISTS}
    {_MONITOR}
    WriteHolds: personalize:TagResource
    ChangeFloors: personalize:UpdateCampaign UpdateRecommender
    DeleteCampaigns: personalize:DeleteCampaign
    StopRecommenders: personalize:StopRecommender
""")
_TAKE_ROLES_ON = frozenset({"Monitor", "Update", "Delete", "Stop", "Dashboard", "Lifecycle"})


@dataclass(frozen=True, slots=True)
class Function:
    """One function in its own process. ``others`` are those that it may start, by name.

    ``lists`` are the parameters of Systems Manager that hold lists of ARNs.
    """

    name: str
    access: Access
    deployment: Deployment
    settings: Settings
    log_group: str
    dead_letters: str
    chat_topic: str
    others: tuple[str, ...]
    now: RealTime
    budget: Budget
    lists: tuple[str, ...] = ()

    def tested(self) -> Report:
        """Try everything, place by place."""
        home = self._home()
        report = self._tried(self._at_home(home), f"{self.name}FunctionRole", home.target)
        closed = set()
        for account, way in self._members().items():
            assumed = self._tried(_assumed(way, home), f"{self.name}FunctionRole", home.target)
            report += assumed
            if assumed.refused:
                closed.add(account)
        ways = Accounts.of(self.access, self.deployment, self.settings)
        into = {self.deployment.account, *self._members()} - closed
        for target in ways.targets(self.settings, self.deployment.home_region):
            if target.account in into:
                report += self._at(target, _at_place)
        if "sns:DeleteTopic" in AT_PLACES[self.name]:
            # Tried where nothing is watched, so that no topic is there that somebody needs.
            for account in sorted(into):
                for target in self._left_alone(account)[:1]:
                    report += self._at(target, at_place.no_topic)
        return without_echoes(report)

    def _left_alone(self, account: str) -> list[Target]:
        targets = unwatched(self.access, self.deployment, self.settings)
        return [target for target in targets if target.account == account]

    def _members(self) -> dict[str, Access]:
        if self.name not in _TAKE_ROLES_ON:
            return {}
        ways = Accounts.of(self.access, self.deployment, self.settings).ways
        return {account: way for account, way in ways.items() if way is not self.access}

    def _tried(self, tries: Iterator[Try], role: str, target: Target) -> Report:
        if not self.budget.allows(_SECONDS):
            return Report(silent=(f"There was no time to try {role} in {target}.",))
        return carried_out(tries, role=role, account=target.account, region=target.region)

    def _home(self) -> Place:
        target = Target(self.access, self.deployment.account, self.deployment.home_region)
        return Place(target, self.deployment, AT_PLACES[self.name], self.now)

    def _at(self, target: Target, tries: Callable[[Place], Iterator[Try]]) -> Report:
        mine, role = AT_PLACES[self.name], f"{self.name}FunctionRole"
        if target.account != self.deployment.account:
            mine = {action: _AT_MEMBERS[action] for action in mine if action in _AT_MEMBERS}
            role = MEMBER
        place = Place(target, self.deployment, mine, self.now)
        return self._tried(tries(place), role, target)

    def _at_home(self, home: Place) -> Iterator[Try]:
        group = self.deployment.journal_group
        yield from at_home.log(home, self.log_group)
        if AT_PLACES[self.name]:
            yield from at_home.lists(home, self.lists)
        if self.name != "Lifecycle":  # CloudFormation itself waits for its answer
            yield from at_home.queue(home, self.dead_letters)
        if self.name in {"Update", "Delete", "Stop"}:
            keep = "KeepJournal"
            yield from at_home.journal(
                home, group, make=keep, read=keep, look=keep, write=f"{keep}/intents"
            )
            yield from at_home.bus(home)
        elif self.name == "Monitor":
            yield from at_home.journal(
                home, group, make="ReadJournal", read="ReadJournal", write="KeepCases/cases"
            )
            yield from at_home.bus(home)
            yield from at_home.others(home, self.others)
            if self.settings.learn_prices:
                yield from at_home.prices(home, group)
        elif self.name == "Notify":
            yield from at_home.journal(
                home, group, make="ReadJournal", read="ReadJournal", write="NoteWhatWasTold/told"
            )
            yield from at_home.release(home, group, "NoteWhatWasTold")
            yield at_home.message(home, "TellPeople", self.deployment.topic_arn)
            if self.chat_topic:
                yield at_home.message(home, "TellChat", self.chat_topic)
        elif self.name == "Journal":
            yield from at_home.journal(home, group, make="MakeStreams", write="CopyEvents/events")
        if self.name in {"Monitor", "Dashboard", "Lifecycle"}:
            yield from at_home.dashboards(home)


def _assumed(way: Access, home: Place) -> Iterator[Try]:
    client = way.client("sts", home.target.region)
    yield Try(
        "sts:AssumeRole",
        "TakeOnRoles",
        f"the role of account {way.account}",
        client.get_caller_identity,
    )


def _at_place(place: Place) -> Iterator[Try]:
    yield from at_place.personalize(place)
    if "cloudwatch:GetMetricData" in place.statements:
        yield from at_place.metrics(place)
    yield from at_place.alarms(place)
    yield from at_place.topics(place)
