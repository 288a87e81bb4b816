"""Answers calls of requests, httpx, httpx2, aiohttp and urllib3 in the process, without a socket. Use it through `mdt.api`."""
