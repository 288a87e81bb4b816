"""The test framework: an environment of mock providers and a balancer for each test."""
