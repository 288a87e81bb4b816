"""Mock providers: a server that speaks as the vendors do, and fails as they do when a scenario says so."""
