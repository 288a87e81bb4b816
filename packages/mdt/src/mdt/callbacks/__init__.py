"""Callbacks: what a service sends to the application on its own, such as a payment notification. Signed, repeated, forged.

A callback is defined beside its service (mdt.definitions.callbacks), made and signed here, delivered to a URL or into the
application by a courier, and written into the session's journal.
"""
