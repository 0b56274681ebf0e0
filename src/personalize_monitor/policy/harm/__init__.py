"""No harm, proven: every change of a floor has a case until it is shown what callers made of it."""
