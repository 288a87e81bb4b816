"""Drafts of definitions: what a form asks for becomes YAML, is tried without being written, and is then written.

Nothing is written that would not load, that would add a warning of `mdt mock lint`, or over what somebody else has changed.
"""
