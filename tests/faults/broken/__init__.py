"""Payments that are wrong on purpose: each makes a mistake that people make, and the laboratory has to find it."""
