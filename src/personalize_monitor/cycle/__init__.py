"""The five minutes: everything that one invocation of the monitor does, and in which order."""
