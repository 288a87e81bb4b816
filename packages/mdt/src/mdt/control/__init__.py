"""What a test says to a session while it runs, the same in the process and over the admin API: stubs, and questions about calls."""
