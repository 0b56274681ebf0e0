"""One module for each verb; ``main`` imports only the one that is asked for."""
