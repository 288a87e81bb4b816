"""The HTTP layer: routes, envelope, document, errors, limits."""
