"""The doctor: checks of access, deployment and data, each finding with its cure."""
