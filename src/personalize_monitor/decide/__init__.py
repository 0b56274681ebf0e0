"""What should happen to a resource: history, guards, grace, and the decision with its reason."""
