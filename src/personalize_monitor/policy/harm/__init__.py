"""No harm, proven: every change of a floor has a case until it is known what callers made of it.

``open_case`` at each change, a ``Sight`` fed by every cycle, ``due`` for when to ask CloudWatch, a
``Trial`` over the answers, ``conclude`` for what follows, ``lowest_allowed`` before any lowering.
"""

from personalize_monitor.policy.harm.case import (
    By,
    Case,
    Conclusion,
    State,
    carried_before,
    conclude,
    open_case,
)
from personalize_monitor.policy.harm.evidence import Quality, is_loaded
from personalize_monitor.policy.harm.exposure import Exposure, exposure, lowest_within
from personalize_monitor.policy.harm.memory import (
    Allowed,
    Memory,
    World,
    lowest_allowed,
    step_back_to,
)
from personalize_monitor.policy.harm.reserve import Learner, Reserve, learn
from personalize_monitor.policy.harm.trial import Trial, judge
from personalize_monitor.policy.harm.verdict import Figures, Verdict, Word
from personalize_monitor.policy.harm.watch import Sight, Waiting, due

__all__ = [
    "Allowed",
    "By",
    "Case",
    "Conclusion",
    "Exposure",
    "Figures",
    "Learner",
    "Memory",
    "Quality",
    "Reserve",
    "Sight",
    "State",
    "Trial",
    "Verdict",
    "Waiting",
    "Word",
    "World",
    "carried_before",
    "conclude",
    "due",
    "exposure",
    "is_loaded",
    "judge",
    "learn",
    "lowest_allowed",
    "lowest_within",
    "open_case",
    "step_back_to",
]
