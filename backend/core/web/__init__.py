"""What an endpoint stands on: routes, envelope, document, errors, limits."""
