"""The HTTP server: plays the same definitions with the same engine, for programs in any language.

How a request finds its answer
* Session: header `X-Mdt-Session`, else `baggage: mdt.session=...`, else the path prefix `/_s/<id>/`, else a key such as
  `Authorization: Bearer sk-mdt-<id>` (mdt.engine.session_keys), else "default".
* Service: the one with the host of the Host header; else the first path segment, if it is a service's name
  (`/inventory/internal/inventory/check`); else the only service that has a route for the path.
* Nothing answers: status 501 with `X-Mdt-Unmatched: 1` and the near miss as text, or as JSON if `Accept` asks for it.
* The server refuses the request: `X-Mdt-Error` names the reason (`unknown-session`, ...).

Faults happen on the wire. The certificate is sent before the request is known. So TLS faults need a listener that knows
its session and service: open the session with `{"tls": true}`, use its `tls_urls`, and trust `GET /_mdt/ca.pem`.
There the scenario chooses the certificate. On a connection without TLS, a TLS fault resets it.

`/_mdt/` is the page and the admin API: mdt.server.admin.
"""
