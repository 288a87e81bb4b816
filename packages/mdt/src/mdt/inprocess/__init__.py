"""Answers the calls of requests, httpx and httpx2 inside the process, without a socket; `mdt.api` is the way in."""
