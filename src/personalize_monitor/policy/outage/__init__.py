"""Is CloudWatch telling the truth? May a silence, or a sudden low, of a resource be believed?

CloudWatch may answer completely and emptily, or with a part of the sums. What a resource did before
tells how likely its silence is: it is *odd* where the same hours of other days were in use. An odd
silence is believed when others that are measured by the same metric speak, and did not fall silent
with it; before anything is removed, they must have spoken in the very minutes in which the resource
is used. Otherwise it is in doubt, until it has lasted for ``lasted(threshold)``. What is not odd -
nightly silence, weeks of silence, silence since birth - is believed at once.
"""

from personalize_monitor.policy.outage.doubt import DOUBTFUL, Doubt, lasted
from personalize_monitor.policy.outage.minutes import doubt_about_minutes
from personalize_monitor.policy.outage.silence import Past, doubt_about_silence
from personalize_monitor.policy.outage.sums import Voice, believed, odd_hours

__all__ = [
    "DOUBTFUL",
    "Doubt",
    "Past",
    "Voice",
    "believed",
    "doubt_about_minutes",
    "doubt_about_silence",
    "lasted",
    "odd_hours",
]
