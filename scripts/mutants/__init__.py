"""A mutation sample: mistakes planted in the application one at a time, and whether its unit tests notice."""
