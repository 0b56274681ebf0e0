"""What every run has at hand: accounts, regions, time, lists, and what is remembered."""
