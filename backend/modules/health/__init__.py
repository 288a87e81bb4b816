"""Whether the application lives, is ready, and has its database; no answer here waits for the database."""
