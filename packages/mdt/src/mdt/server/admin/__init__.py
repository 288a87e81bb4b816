"""The admin API, in JSON. Errors are {"error": code, "message": text} with a fitting HTTP status.

| method, path below /_mdt | does |
|---|---|
| GET / | the web page |
| GET /create | the page that writes definitions; /mock/create leads here |
| POST /drafts/paste | {"text"}: a curl command or JSON → {"kind": "curl", "request", "service"} or {"kind": "json", "json"} |
| POST /drafts/preview | {"draft", "request"} → the file as it would be, its `digest`, `problems`, `replaces`, and a trial of each scenario |
| POST /drafts | {"draft", "digest", "replace"} writes it, if the file is as the preview saw it → 201 |
| GET /health | the definitions' state; without the token only whether they are good |
| GET /openapi.json | this API as an OpenAPI 3.1 document |
| GET /services?session= | service → route → scenario, what is selected, how often each answered |
| GET /services/{name}/openapi.json | the document of a virtual service |
| GET /environments | {"environments": [...], "datasets": [...]} |
| GET /services/{name}/credentials | ids, keys and certificates of a virtual service, such as mdt.partners.wechatpay |
| GET /sessions | all sessions |
| POST /sessions | {"id", "scenarios", "seed", "tls", "environment", "dataset"}, each optional → the session with its `urls` |
| GET, DELETE /sessions/{id} | one session; "default" stays |
| PUT /sessions/{id}/scenarios | {"scenarios": [...]}: exactly these |
| PATCH /sessions/{id}/scenarios | {"scenarios": [...], "clear": ["service"]}: adds to what is selected |
| PUT /sessions/{id}/environment | {"environment": name, "dataset": name}, each optional; null is that of the server |
| POST /sessions/{id}/reset | state, journal, clock, numbers and counters back to the beginning |
| POST /sessions/{id}/clock | {"advance": {"minutes": 15}}, {"freeze": true or a time}, {"unfreeze": true}; answered when the callbacks on the way are sent |
| GET /sessions/{id}/journal?since=&limit=&service=&brief=1 | entries after a number; brief ones have no bodies |
| GET /sessions/{id}/journal/{number} | one entry |
| GET /sessions/{id}/stubs?offset=&limit= | the stubs, oldest first, and how many are `left_out` |
| POST, DELETE /sessions/{id}/stubs | {"route", "match", "answer" or "answers", "service", "id"}: a stub wins over scenarios |
| GET, DELETE /sessions/{id}/stubs/{stub} | one stub |
| POST /sessions/{id}/called | {"service", "route", "match", "times"} → "met", "count", "message", "calls" |
| PUT /sessions/{id}/states | {"service": "state"}: puts state machines into a state |
| GET /sessions/{id}/near-misses?since= | the calls that nothing answered, with their reports as text |
| GET /sessions/{id}/callbacks?limit= | what waits for the clock, and the newest that were sent |
| POST /sessions/{id}/callbacks | {"send": "payment.duplicate", "to", "data"} → the deliveries |
| DELETE /sessions/{id}/callbacks | forgets those that wait |
| GET /events?session= | server-sent events: call, session, reload, missed |
| POST /reload | loads the definitions now |
| GET /ca.pem | the authority that signs the TLS listeners' certificates |

Texts are in the language of `?lang=en` or `?lang=zh`, else of Accept-Language, else of the server. Events are in the
server's language.

A scenario in "scenarios" is a name, or {"sequence": [names]} for one call after the other.

A draft is {"service", "method", "path", "scenarios": [{"name", and the keys of an answer}]}; for a new service also "new": {"kind", "url", "title"}
and "default", for a new route "match". `request` is {"method", "path", "headers", "body"}; `digest` is the SHA-256 of the file, "" if there is none.

Access to /drafts: only on a server that listens on loopback, by a loopback name, and always with a token: the server's, else the one in the address
of the page that it prints when it starts.

Access: on loopback everybody, but browsers only from the server's own page and by a loopback name, so that pages of other
sites cannot reach it, not even by DNS rebinding. Elsewhere, and if a token is set, `Authorization: Bearer <token>`.
"""
