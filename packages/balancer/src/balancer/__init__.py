"""LLM providers behind one URL, mock providers that fail on purpose, and the test framework around both."""

__version__ = "0.1.0"
