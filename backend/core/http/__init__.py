"""Calls to other services of ours: one deadline, retries where they are safe, a circuit that opens, errors that are 503."""
