"""Every change of a floor, and what its callers met before and after it."""
