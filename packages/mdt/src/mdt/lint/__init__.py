"""Looks for what loads but probably has a mistake; for `mdt mock lint` and for drafts."""
