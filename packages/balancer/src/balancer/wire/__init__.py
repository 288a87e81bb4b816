"""Wire formats of the vendors as pure functions: shapes, events, errors, translation."""
