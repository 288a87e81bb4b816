"""What the engine says, in both languages: near misses, selection, sessions, templates, matchers."""

from mdt.language import Texts, speaker

TEXTS: Texts = {
    # the report about a call that nothing answers
    "report.request": ("UnmatchedRequest", "未匹配的请求"),
    "report.closest": ("closest route   ", "最接近的路由"),
    "report.scenario": ("(scenario {names})", "（场景 {names}）"),
    "criterion.method": ("method", "方法"),
    "criterion.host": ("host", "主机"),
    "criterion.path": ("path", "路径"),
    "criterion.query": ("query", "查询参数"),
    "criterion.headers": ("headers", "请求头"),
    "criterion.form": ("form", "表单"),
    "criterion.json": ("json", "JSON 请求体"),
    "criterion.text": ("text", "文本请求体"),
    "criterion.scenario": ("scenario", "场景"),
    "criterion.template": ("template", "模板"),
    "criterion.handler": ("handler", "处理函数"),
    "miss.no-route": (
        "No route of this service fits. Correct the call, or add the route to the definitions.",
        "该服务没有符合的路由。请更正调用，或在定义中添加该路由。",
    ),
    "miss.no-match": (
        "The address fits, but the request does not carry what the route's `match` asks for.",
        "地址符合，但请求没有带上该路由的 `match` 所要求的内容。",
    ),
    "miss.no-scenario": (
        "The route fits, but has no answer for what is selected.",
        "路由符合，但没有对应所选场景的应答。",
    ),
    "miss.base-path": (
        "No service of this host has this base path. Known: {bases}",
        "该主机上没有服务使用这个基础路径。已有：{bases}",
    ),
    "miss.several": (
        (
            "Several services have a route for this path: {names}. "
            "Put the service's name before it (/{first}{path}), or send the service's Host"
        ),
        "有多个服务含有该路径的路由：{names}。请在路径前加上服务名称（/{first}{path}），或发送该服务的 Host",
    ),
    "miss.no-host": ("(no host)", "（没有主机）"),
    "miss.host": ("No service lives at {host}.", "{host} 上没有任何服务。"),
    "miss.no-routes": ("The service {service} has no routes.", "服务 {service} 没有路由。"),
    "miss.template": (
        "The answer {service}.{scenario} ({file}:{line}) cannot be written.",
        "无法写出应答 {service}.{scenario}（{file}:{line}）。",
    ),
    "miss.handler": (
        "The virtual service {service} has a mistake; its handler raised instead of answering.",
        "虚拟服务 {service} 有错误：它的处理函数抛出异常，没有应答。",
    ),
    "miss.has-scenarios": ("the route has no {wanted}; it has {has}", "该路由没有 {wanted}；已有 {has}"),
    "miss.default": ("{name} (default)", "{name}（默认）"),
    "miss.any-default": ("default scenario", "默认场景"),
    "miss.none": ("none", "无"),
    "miss.empty-segment": ("(empty)", "（空）"),
    # what a matcher expected
    "expected": ("{at} expected {expected}, got {got}", "{at} 应为 {expected}，实际为 {got}"),
    "expected.object": ("an object", "对象"),
    "expected.list": ("a list of {count}", "含 {count} 项的列表"),
    "expected.regex": ("/{pattern}/ (within 50 ms)", "匹配 /{pattern}/ 的文本（50 毫秒之内）"),
    "expected.min": ("at least {limit}", "不小于 {limit} 的数"),
    "expected.max": ("at most {limit}", "不大于 {limit} 的数"),
    "expected.one-of": ("one of {choices}", "{choices} 之一"),
    "expected.any": ("any value", "任意值"),
    "expected.nothing": ("nothing", "无"),
    "expected.length": ("a length of {wanted}", "长度为 {wanted} 的值"),
    "expected.contains": ("something that contains {wanted}", "包含 {wanted} 的值"),
    "expected.not": ("not {wanted}", "{wanted} 以外的值"),
    "matched.body": ("the body", "请求体"),
    # what is wrong with a matcher
    "word.type": ("`type` is one of {names}, not {given}", "`type` 是 {names} 之一，不是 {given}"),
    "word.regex": ("`regex` is a text, not {given}", "`regex` 是文本，不是 {given}"),
    "word.one-of": ("`oneOf` is a list of values, not {given}", "`oneOf` 是值的列表，不是 {given}"),
    "word.length": ("`length` is a number, or {{min:, max:}}", "`length` 是数字，或 {{min:, max:}}"),
    "word.true": ("`{word}` is always true: `{word}: true`", "`{word}` 只能为 true：`{word}: true`"),
    "word.number": ("`{word}` is a number, not {given}", "`{word}` 是数字，不是 {given}"),
    "pattern.long": ("the pattern is longer than {limit} characters", "正则超过 {limit} 个字符"),
    "pattern.bad": ("{source!r} is no regular expression: {error}", "{source!r} 不是正则表达式：{error}"),
    # selection and sessions
    "select.nothing": (
        "Nothing is selected. Name at least one scenario: mock_scenario('service.scenario')",
        "没有选择任何场景。请至少给出一个：mock_scenario('service.scenario')",
    ),
    "select.several-services": (
        "A sequence belongs to one service; this one names {services}",
        "一个序列只属于一个服务；这个序列涉及 {services}",
    ),
    "select.empty-sequence": ("A sequence needs at least one scenario", "序列至少需要一个场景"),
    "select.not-a-name": (
        "{item!r} is no scenario: give names such as 'service.scenario', or sequence(...)",
        "{item!r} 不是场景：请给出 'service.scenario' 这样的名称，或 sequence(...)",
    ),
    "select.twice": (
        (
            "{service} is selected twice: {one} and {other}. "
            "Keep one, or write sequence(...) for one call after the other"
        ),
        "{service} 被选择了两次：{one} 和 {other}。请保留一个，或用 sequence(...) 表示依次调用",
    ),
    "session.too-many": (
        "{limit} sessions are open already. Close some, or raise the limit in mdt.yaml",
        "已打开 {limit} 个会话。请关闭一些，或在 mdt.yaml 中提高上限",
    ),
    # templates
    "template.invalid": ("the template {source!r} is not valid: {reason}", "模板 {source!r} 无效：{reason}"),
    "template.unknown": ("the template {source!r} names {name!r}.", "模板 {source!r} 用到了未知的 {name!r}。"),
    "template.no-json": ("the request's body is no JSON", "请求体不是 JSON"),
    "template.no-json-field": (
        "the request's body is no JSON, so it has no {name!r}",
        "请求体不是 JSON，因此没有 {name!r}",
    ),
    "template.no-key": ("there is no {name!r} in {{{keys}}}", "{{{keys}}} 中没有 {name!r}"),
    "template.no-row": (
        "there is no row with {columns}; add `| default(none)` if that may be",
        "没有符合 {columns} 的行；如果允许没有，请加上 `| default(none)`",
    ),
    "template.power": ("a power of numbers over {limit} is refused", "拒绝计算超过 {limit} 的数的幂"),
    "template.repeat": ("a repetition of more than {limit} is refused", "拒绝超过 {limit} 次的重复"),
    "template.rows": (
        "rows() makes at most {limit} rows, not {count}",
        "rows() 最多生成 {limit} 行，不能是 {count} 行",
    ),
    "template.not-json": ("{kind} is no JSON value", "{kind} 不是 JSON 值"),
    # what is sent
    "header.forbidden": (
        "The answer's header {name!r} has characters that HTTP does not allow: {value!r}",
        "应答头 {name!r} 含有 HTTP 不允许的字符：{value!r}",
    ),
}
said = speaker(TEXTS)
