"""The self-test: each function tries, as its own role, what it will need, and says what is refused.

A real account has boundaries, organizations and closed regions that nothing here knows of. Each try
is a real call that can change nothing: it names what does not exist, or says what AWS refuses after
it has looked at the permissions; an alarm of its own is really made, and deleted.
"""

ASK = "SelfTest"
"""The key of a direct invocation that asks a function for its own self-test, or the monitor for
those of all, or to end the hold of all floors (``journal/comparisons.py``)."""
OWN, ALL, END_HOLD = "own", "all", "end-hold"
DIGEST = "Digest"
"""The key of a direct invocation that asks the monitor for the digest."""
LEARN = "LearnPrices"
"""The key that asks it, by ``"now"``, to learn prices; as a parameter it is Yes or No."""
