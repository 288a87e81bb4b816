"""Answers the calls of requests, httpx, httpx2 and urllib3 inside the process, without a socket; `mdt.api` is the way in."""
