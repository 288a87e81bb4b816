"""The HTTP server of the mocks: the same engine and the same definitions, for programs in any language.

How a request finds its answer
* Session: header `X-Mdt-Session`, else `baggage: mdt.session=...`, else the path prefix `/_s/<id>/`, else "default".
* Service: the one that owns the Host header; else the first path segment, when it is a service's name
  (`/inventory/internal/inventory/check`); else the only service that has a route for the path.
* Nothing answers: status 501 with `X-Mdt-Unmatched: 1` and the near miss as text, or as JSON if `Accept` asks for it.
* The server itself is at fault, or was asked for what it has not: `X-Mdt-Error` names it (`unknown-session`, ...).

Faults happen on the wire. A certificate is shown before the request is known, therefore TLS faults need a listener that
knows its session and service: open the session with `{"tls": true}` and use its `tls_urls`, with `GET /_mdt/ca.pem` as
the trusted authority. There the certificate follows the scenario; on a plain connection a TLS fault resets it.

`/_mdt/` is the page and the admin API: mdt.server.admin.
"""
