"""The pure core: a request and a session in, an outcome out. No I/O and no sleeping in here."""
