"""A local AWS with its own clock, in which the deployed template runs as it is."""
