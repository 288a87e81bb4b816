"""What the server says, in both languages: refusals, the admin API's errors, what it prints when it starts."""

from mdt.language import Texts, speaker

TEXTS: Texts = {
    # refusals on the wire; refusals.py has their status
    "bad-request": ("This is no HTTP/1.1 request.", "这不是 HTTP/1.1 请求。"),
    "too-slow": ("The request did not come in whole in time.", "请求未能及时完整送达。"),
    "body-too-large": (
        "The body is larger than this server takes. `body` of its limits raises that.",
        "请求体超过本服务器的上限。可通过其 limits 的 `body` 提高上限。",
    ),
    "expectation-failed": ("Only `Expect: 100-continue` is understood.", "只支持 `Expect: 100-continue`。"),
    "head-too-large": (
        "Request line and headers are larger than this server takes.",
        "请求行与请求头超过本服务器的上限。",
    ),
    "internal-error": (
        "mdt could not answer; its log has the traceback.",
        "mdt 无法应答；其日志中有堆栈信息。",
    ),
    "no-tunnels": (
        "CONNECT asks for a tunnel, which mocks are not reached through. Use the service's URL on this server instead.",
        "CONNECT 请求建立隧道，而模拟服务不通过隧道访问。请改用该服务在本服务器上的网址。",
    ),
    "too-many-connections": (
        "All connections are taken. Does the client close those it no longer needs?",
        "连接已全部占用。客户端是否关闭了不再需要的连接？",
    ),
    "passthrough-loop": (
        "The real service's address leads back to this server. Correct the service's url.",
        "真实服务的地址又指回本服务器。请更正该服务的 url。",
    ),
    "passthrough-failed": ("{call} got no answer: {why}", "{call} 没有得到应答：{why}"),
    # requests
    "session.unknown": (
        (
            "There is no session {id!r}: it was closed, nobody used it for a long time, or the server was started "
            "anew. POST /_mdt/sessions opens one"
        ),
        "没有会话 {id!r}：它已关闭、长时间未使用，或服务器已重新启动。用 POST /_mdt/sessions 打开一个",
    ),
    "session.id": (
        "{id!r} is no id for a session: take up to 300 visible ASCII characters, and not {default!r}",
        "{id!r} 不能作为会话标识：请用至多 300 个可见 ASCII 字符，且不能是 {default!r}",
    ),
    "session.stays": (
        "The session 'default' stays. POST /_mdt/sessions/default/reset takes it back to the beginning",
        "会话 'default' 始终存在。用 POST /_mdt/sessions/default/reset 使其回到初始状态",
    ),
    # starting
    "listen": (
        "Cannot listen on {host} port {port}: {error}. Port 0 is any free one",
        "无法监听 {host} 端口 {port}：{error}。端口 0 表示任意空闲端口",
    ),
    "tls-package": (
        "TLS needs the package cryptography: pip install 'mdt[tls]', or pip install cryptography",
        "TLS 需要 cryptography 包：pip install 'mdt[tls]'，或 pip install cryptography",
    ),
    "announce.one": (
        "mdt serves 1 service on {url}   page: {url}/_mdt/",
        "mdt 在 {url} 提供 1 个服务   页面：{url}/_mdt/",
    ),
    "announce.several": (
        "mdt serves {count} services on {url}   page: {url}/_mdt/",
        "mdt 在 {url} 提供 {count} 个服务   页面：{url}/_mdt/",
    ),
    "announce.tls": ("TLS on {url}   authority: {authority}", "TLS 位于 {url}   证书机构：{authority}"),
    "announce.token": ("token: {token}   page with it: {page}", "令牌：{token}   带令牌的页面：{page}"),
    # the client
    "client.unreachable": (
        "No mdt server answers at {url}: {error}. `mdt mock serve` starts one",
        "{url} 没有 mdt 服务器响应：{error}。用 `mdt mock serve` 启动",
    ),
    "client.unknown": ("The server answered {status}: {body}", "服务器返回 {status}：{body}"),
    # the admin API
    "admin.token": (
        "This needs the token that the server printed: Authorization: Bearer <token>",
        "这需要服务器启动时打印的令牌：Authorization: Bearer <token>",
    ),
    "admin.foreign-page": (
        "Pages of other sites may not use this API: {origin}",
        "其他网站的页面不得使用此接口：{origin}",
    ),
    "admin.another-site": ("another site", "其他网站"),
    "admin.foreign-host": (
        "{host} is not this machine. Use 127.0.0.1 or localhost, or start with a token",
        "{host} 不是本机。请使用 127.0.0.1 或 localhost，或在启动时设置令牌",
    ),
    "admin.no-host": ("No host", "（没有主机）"),
    "admin.method": ("/_mdt{path} knows {methods}, not {method}", "/_mdt{path} 支持 {methods}，不支持 {method}"),
    "admin.not-found": ("There is no /_mdt{path}.", "没有 /_mdt{path}。"),
    "admin.entry": (
        "There is no entry {number}: the journal was reset, or keeps only newer ones",
        "没有记录 {number}：日志已重置，或只保留更新的记录",
    ),
    "admin.not-virtual": (
        "{name} is no virtual service, and those alone say their OpenAPI",
        "{name} 不是虚拟服务，只有虚拟服务提供 OpenAPI",
    ),
    "admin.number": ("{name} is a number from 0, not {given!r}", "{name} 应为从 0 起的数字，不是 {given!r}"),
    "admin.language": ("lang is one of {known}, not {given!r}", "lang 应为 {known} 之一，不是 {given!r}"),
    "body.json-needed": (
        "Send JSON with Content-Type: application/json",
        "请发送 JSON，并带上 Content-Type: application/json",
    ),
    "body.bad-json": ("The body is no JSON: {error}", "请求体不是 JSON：{error}"),
    "body.object": ("The body is a JSON object with {keys}", "请求体应为含有 {keys} 的 JSON 对象"),
    "body.key": ("{key!r} is not known here.", "此处没有 {key!r}。"),
    "body.type": ("{key!r} is {kinds}, not {given}", "{key!r} 应为 {kinds}，不是 {given}"),
    "body.scenario": (
        'A scenario is a name or {{"sequence": [names]}}, not {given}',
        '场景应为名称或 {{"sequence": [名称]}}，不是 {given}',
    ),
    "body.scenarios": (
        'Say which: {{"scenarios": ["service.scenario"]}}; an empty list is the defaults',
        '请给出场景：{{"scenarios": ["服务.场景"]}}；空列表表示默认场景',
    ),
    "clock.one": ("Say one of advance, freeze and unfreeze", "请给出 advance、freeze、unfreeze 之一"),
    "clock.freeze": (
        "freeze and unfreeze are true, or freeze is a time",
        "freeze 与 unfreeze 应为 true，freeze 也可以是时间",
    ),
    "clock.advance": (
        'advance has numbers by unit, such as {{"minutes": 15}}; units: {units}',
        'advance 按单位给出数字，例如 {{"minutes": 15}}；单位：{units}',
    ),
    "clock.beyond": (
        "advance goes beyond the years that there are",
        "advance 超出了可表示的年份",
    ),
    "clock.time": (
        "{given!r} is no time such as 2026-05-01T12:00:00+08:00",
        "{given!r} 不是 2026-05-01T12:00:00+08:00 这样的时间",
    ),
}
said = speaker(TEXTS)
