"""The core of mdt: takes a request and a session, returns an outcome. It does no I/O and never sleeps."""
