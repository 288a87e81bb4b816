"""Everything that the command line says: English and Chinese side by side; language.py picks one."""

from mdt.cli.texts_fault import TEXTS as FAULT

TEXTS: dict[str, tuple[str, str]] = {
    # what every command shares
    "error": ("Error: {message}", "错误：{message}"),
    "interrupted": ("Interrupted.", "已中断。"),
    "help.usage": ("Usage: ", "用法："),
    "heading.options": ("Options", "选项"),
    "heading.commands": ("Commands", "命令"),
    "heading.arguments": ("Arguments", "参数"),
    "heading.exits": ("Exit codes", "退出码"),
    "exit.ok": ("done", "完成"),
    "exit.problems": ("problems were found, or no answer fits the request", "发现问题，或没有应答符合该请求"),
    "exit.usage": ("wrong call: command, option, or a name that does not exist", "用法错误：命令、选项或名称不存在"),
    "exit.unreachable": (
        "no mock server answers there, or no database could be had",
        "该地址没有模拟服务器响应，或没有可用的数据库",
    ),
    "exit.refused": ("the mock server refuses: token, session, request", "模拟服务器拒绝：令牌、会话或请求"),
    "exit.address": ("the port or host cannot be used", "端口或主机不可用"),
    "exit.interrupted": ("ended by Ctrl-C", "被 Ctrl-C 结束"),
    "usage.command": ("There is no command {name!r}.", "没有命令 {name!r}。"),
    "usage.option": ("There is no option {name}.", "没有选项 {name}。"),
    "usage.missing": ("{name} is missing.", "缺少 {name}。"),
    "usage.help": ("`{command} --help` says more.", "用 `{command} --help` 查看帮助。"),
    "usage.scenario": ("{service} has no scenario {name!r}.", "{service} 没有场景 {name!r}。"),
    "usage.virtual": (
        "{name} has no virtual.py beside its service.yaml. Services that have one: {known}",
        "{name} 的 service.yaml 旁边没有 virtual.py。有虚拟服务的是：{known}",
    ),
    "usage.request": (
        "{given!r} is no request. Write method and path: 'POST /internal/inventory/check'",
        "{given!r} 不是请求。请写方法和路径：'POST /internal/inventory/check'",
    ),
    "usage.header": ("{given!r} is no header. Write 'name: value'", "{given!r} 不是请求头。请写 'name: value'"),
    "usage.json": (
        "the body is no JSON: {error}. Mind the shell's quotes",
        "请求体不是 JSON：{error}。请注意 shell 的引号",
    ),
    "option.help": ("Show this and end.", "显示本帮助并结束。"),
    "option.lang": (
        "Language; otherwise MDT_LANG, else the one of the terminal (LANG).",
        "语言；否则取 MDT_LANG，再取终端语言（LANG）。",
    ),
    "option.json": (
        "One JSON document on stdout; notes go to stderr.",
        "在标准输出给出一个 JSON 文档；提示写到标准错误。",
    ),
    "option.mocks": (
        "Folder of the definitions; otherwise MDT_MOCKS, else mocks/ here or above.",
        "定义所在文件夹；否则取 MDT_MOCKS，再取当前或上级的 mocks/。",
    ),
    "option.server": (
        "Address of the running server; otherwise MDT_SERVER, else the port of mdt.yaml on this machine.",
        "正在运行的服务器地址；否则取 MDT_SERVER，再取本机 mdt.yaml 中的端口。",
    ),
    "option.token": ("The server's token; otherwise MDT_TOKEN.", "服务器令牌；否则取 MDT_TOKEN。"),
    "option.session": ("The session; otherwise MDT_SESSION.", "会话；否则取 MDT_SESSION。"),
    # groups
    "mdt.help": (
        "Mock-driven testing: named scenarios for the services that you call, in tests and as a server.",
        "模拟驱动测试：为所调用的服务提供具名场景，可在测试中使用，也可作为服务器运行。",
    ),
    "mock.help": ("Definitions, and the server that plays them.", "模拟定义，以及播放它们的服务器。"),
    "test.help": ("Tests that run with the mocks.", "与模拟服务一起运行的测试。"),
    # mdt mock list
    "list.help": ("List every scenario and composition that can be selected.", "列出所有可选择的场景与组合。"),
    "list.name": ("name", "名称"),
    "list.kind": ("kind", "类型"),
    "list.answers": ("routes", "路由数"),
    "list.about": ("about", "说明"),
    "list.default": ("(default)", "（默认）"),
    "kind.scenario": ("scenario", "场景"),
    "kind.virtual": ("virtual service", "虚拟服务"),
    "kind.composition": ("composition", "组合"),
    # mdt mock schema
    "schema.help": (
        "Print the JSON Schema of a service file, for editors; --of coverage: of coverage.json.",
        "输出服务文件的 JSON Schema 供编辑器使用；--of coverage 输出 coverage.json 的。",
    ),
    "schema.of": ("Which document.", "哪一种文档。"),
    "schema.write": ("Write it to .mdt/ in the folder of the definitions.", "写到定义文件夹的 .mdt/ 中。"),
    "schema.done": ("{file} is up to date.", "{file} 已是最新。"),
    # mdt mock lint
    "lint.help": (
        "Check the definitions: each problem with file, line and a suggestion, and what only looks wrong.",
        "检查定义：每个问题给出文件、行号和建议，并提示可疑之处。",
    ),
    "lint.folder": (
        "Folder of the definitions; otherwise MDT_MOCKS, else mocks/ here or above.",
        "定义所在文件夹；否则取 MDT_MOCKS，再取当前或上级的 mocks/。",
    ),
    "lint.strict": ("Warnings count as problems.", "警告也算问题。"),
    "lint.problem": ("problem", "问题"),
    "lint.warning": ("warning", "警告"),
    "lint.sum": (
        "{folder}: problems {problems}, warnings {warnings}",
        "{folder}：问题 {problems} 个，警告 {warnings} 个",
    ),
    "warn.unused-shared": ("nothing uses shared.{name}", "没有地方用到 shared.{name}"),
    "hint.unused-shared": (
        "Use it in a template or as a seed, or remove the file",
        "在模板中使用它、把它作为种子数据，或删除该文件",
    ),
    "warn.unused-file": ("no answer names the file {name}", "没有应答用到文件 {name}"),
    "hint.unused-file": ("Name it with `file:`, or remove it", "用 `file:` 引用它，或删除它"),
    "warn.empty-service": ("the service {name} answers nothing", "服务 {name} 不应答任何请求"),
    "hint.empty-service": (
        "Give it routes, or a virtual.py beside its service.yaml",
        "为它添加 routes，或在 service.yaml 旁放 virtual.py",
    ),
    "warn.no-default": (
        "{route} answers nothing until a scenario is selected: it has no default scenario {default!r}",
        "{route} 在选择场景之前不应答：它没有默认场景 {default!r}",
    ),
    "hint.no-default": (
        "Give it the default scenario, or set `default` to one of: {names}",
        "为它添加默认场景，或把 `default` 设为其中之一：{names}",
    ),
    "warn.similar-names": (
        "the scenario {name!r} is almost called like {other!r} (line {line})",
        "场景 {name!r} 与 {other!r}（第 {line} 行）几乎同名",
    ),
    "hint.similar-names": (
        "Selecting one does not select the other; give both the same name, or clearly different ones",
        "选择其一不会选中另一个；请统一名称，或取明显不同的名称",
    ),
    "warn.crossing-paths": (
        "{route} and {other} (line {line}) both fit some paths",
        "{route} 与 {other}（第 {line} 行）会匹配同一些路径",
    ),
    "hint.crossing-paths": (
        "{path} goes to the one with text in the first segment that differs; make sure that this is meant",
        "{path} 会交给在第一个不同的段中写有文本的那个；请确认这是本意",
    ),
    "warn.overlapping-patterns": (
        "{route} and {other} both look at {place} with a pattern; a text that fits both goes to {other}",
        "{route} 与 {other} 都用正则检查 {place}；同时匹配两者的文本会交给 {other}",
    ),
    "hint.overlapping-patterns": (
        "Anchor the patterns (^…$) so that no text fits both",
        "用 ^…$ 锚定正则，使任何文本都不会同时匹配两者",
    ),
    "warn.slow-pattern": (
        "the pattern {pattern!r} for {place} repeats a repetition and can take very long",
        "{place} 的正则 {pattern!r} 含嵌套重复，可能极慢",
    ),
    "hint.slow-pattern": (
        "After 50 ms it counts as no match; write it without a repetition inside a repeated group",
        "超过 50 毫秒即视为不匹配；请去掉重复组中的重复",
    ),
    # mdt mock create
    "create.help": (
        "Write an example of definitions to start from; files that exist stay as they are.",
        "写出一套可作起点的示例定义；已有文件保持原样。",
    ),
    "create.type": ("What is to be tested.", "要测试的对象。"),
    "create.folder": ("The project; the example goes to mocks/ in it.", "项目文件夹；示例写到其中的 mocks/。"),
    "create.written": ("written {file}", "已写入 {file}"),
    "create.kept": ("exists  {file}", "已存在 {file}"),
    "create.refused": (
        "Nothing was written: together with what is there already, the example would have problems.\n{problems}",
        "没有写入任何文件：示例与已有文件放在一起会有问题。\n{problems}",
    ),
    "create.next": ("Next: {command}", "下一步：{command}"),
    "create.unchanged": ("Everything was there already.", "所有文件都已存在。"),
    # mdt mock serve, virtual
    "serve.help": ("Serve the definitions over HTTP until Ctrl-C.", "通过 HTTP 提供模拟服务，直到按 Ctrl-C。"),
    "virtual.help": (
        "Serve one virtual service: a service with state, written in Python.",
        "运行一个虚拟服务：用 Python 编写、带状态的服务。",
    ),
    "serve.port": (
        "Port; 0 is any free one. Otherwise the one of mdt.yaml, else 3002.",
        "端口；0 为任意空闲端口。否则取 mdt.yaml，再取 3002。",
    ),
    "serve.host": ("Address to listen on; beyond this machine it needs a token.", "监听地址；对外监听需要令牌。"),
    "serve.service": ("Only this service.", "只提供该服务。"),
    "serve.scenario": ("Selected from the start; may be repeated.", "启动时选择的场景；可重复。"),
    "serve.token": ("Asked of everybody who uses the admin API.", "使用管理接口时必须提供。"),
    "serve.watch": ("Load the definitions again when a file changes.", "文件变化时重新加载定义。"),
    "virtual.service": ("The service.", "服务名称。"),
    "serve.ready": ("Mock server on {url}", "模拟服务器位于 {url}"),
    "serve.tls": ("TLS       {url}   authority {authority}", "TLS       {url}   证书机构 {authority}"),
    "serve.page": ("page      {url}", "页面      {url}"),
    "serve.selected": ("selected  {names}", "已选场景  {names}"),
    "serve.defaults": ("the defaults", "默认场景"),
    "serve.token-shown": ("token     {token}", "令牌      {token}"),
    "serve.stop": ("Ctrl-C ends it.", "按 Ctrl-C 结束。"),
    "serve.stopped": ("Ended.", "已结束。"),
    "serve.reloaded": ("Definitions loaded again.", "定义已重新加载。"),
    "serve.kept": (
        "The changed definitions have problems; the last good ones go on playing.\n{problems}",
        "修改后的定义有问题；继续使用上一套正确的定义。\n{problems}",
    ),
    # mdt mock use
    "use.help": (
        "Select scenarios on a running server; what was selected before is forgotten.",
        "在运行中的服务器上选择场景；之前的选择作废。",
    ),
    "use.names": (
        "Names as `mdt mock list` shows them; A,B is one call after the other.",
        "`mdt mock list` 列出的名称；A,B 表示依次调用。",
    ),
    "use.add": ("Keep what is selected for other services.", "保留其他服务已选的场景。"),
    "use.defaults": ("Go back to the defaults.", "恢复默认场景。"),
    "usage.use": ("Name scenarios, or give --defaults, and not both.", "请给出场景名称或 --defaults，二者选一。"),
    "use.done": ("{session}: {names}", "{session}：{names}"),
    # the server from outside
    "remote.unreachable": (
        "No mock server answers at {url} ({reason}). Start one with `mdt mock serve`, or name it with --server",
        "{url} 没有模拟服务器响应（{reason}）。用 `mdt mock serve` 启动，或用 --server 指定",
    ),
    # mdt mock monitor
    "monitor.help": (
        "Watch a service on a running server: each scenario with its calls, and the newest calls.",
        "观察运行中服务器上的一个服务：每个场景的调用次数，以及最近的调用。",
    ),
    "monitor.service": ("The service.", "服务名称。"),
    "monitor.once": (
        "Print it once and end; so it is too where stdout is no terminal.",
        "只打印一次并结束；标准输出不是终端时也是如此。",
    ),
    "monitor.title": ("{service}   session {session}   {url}", "{service}   会话 {session}   {url}"),
    "monitor.calls": ("calls {count}", "调用 {count} 次"),
    "monitor.unmatched": ("unmatched {count}", "未匹配 {count} 次"),
    "monitor.newest": ("newest calls", "最近的调用"),
    "monitor.none": ("no calls yet", "还没有调用"),
    "monitor.at": ("at", "时间"),
    "monitor.request": ("request", "请求"),
    "monitor.answer": ("answer", "应答"),
    "monitor.scenario": ("scenario", "场景"),
    "monitor.default": ("{name} (default)", "{name}（默认）"),
    "monitor.plays": ("plays now", "当前使用"),
    # mdt mock debug
    "debug.help": (
        "Look closely at one scenario: where it stands, what it asks for, what it answers; or try a request on it.",
        "细看一个场景：写在哪里、要求什么、应答什么；也可以用一个请求试一试。",
    ),
    "debug.service": ("The service.", "服务名称。"),
    "debug.scenario": ("One of its scenarios.", "它的一个场景。"),
    "debug.request": (
        "Try this request: method and path, with a query if you like.",
        "试用该请求：方法和路径，可带查询参数。",
    ),
    "debug.body": ("The request's body.", "请求体。"),
    "debug.header": ("A header of the request; may be repeated.", "请求头；可重复。"),
    "debug.json": (
        "With a value: the request's body. Alone: one JSON document on stdout. May be given twice.",
        "带值：请求体。不带值：在标准输出给出一个 JSON 文档。可同时使用两次。",
    ),
    "debug.match": ("asks for", "要求"),
    "debug.anything": ("nothing more than method and path", "仅方法和路径"),
    "debug.no-example": (
        "No example request could be made; try your own with --request.",
        "无法生成示例请求；请用 --request 试用自己的请求。",
    ),
    "debug.request-shown": ("request ", "请求"),
    "debug.reply": ("reply   ", "应答"),
    "debug.fault": ("fault   ", "故障"),
    "debug.passthrough": ("goes on to", "转发到"),
    "debug.curl": ("try it  ", "试一试"),
    "debug.after": ("after {seconds} s", "{seconds} 秒后"),
    "debug.answered-by": ("answered by", "应答者"),
    "debug.closest": ("closest route", "最接近的路由"),
    "debug.criterion": ("criterion", "条件"),
    "debug.verdict": ("verdict", "结果"),
    # mdt test integration
    "integration.help": (
        "Run pytest with a mock server and report which scenarios were used. Unknown options go to pytest.",
        "与模拟服务器一起运行 pytest，并报告用到了哪些场景。未知选项交给 pytest。",
    ),
    "integration.with-mocks": (
        "Start a server on a free port; each service's address is in its variable (INVENTORY_URL, …).",
        "在空闲端口启动服务器；各服务地址写入其变量（INVENTORY_URL 等）。",
    ),
    "integration.scenario": ("Selected from the start; may be repeated.", "启动时选择的场景；可重复。"),
    "integration.tests": (
        "Where the tests are, unless the arguments name a place.",
        "测试所在位置，除非参数中已指定。",
    ),
    "integration.reports": (
        "Folder for coverage.json and coverage.html.",
        "coverage.json 与 coverage.html 所在文件夹。",
    ),
    "integration.pytest": (
        "Arguments for pytest, whose exit code is the result.",
        "交给 pytest 的参数；结果即其退出码。",
    ),
    "integration.without": (
        "Without --with-mocks no mock server is started and no coverage is reported.",
        "没有 --with-mocks：不启动模拟服务器，也不报告覆盖率。",
    ),
    "integration.started": ("Mock server on {url} plays {folder}", "模拟服务器位于 {url}，使用 {folder}"),
    "integration.summary": (
        "Scenarios used: {covered} of {scenarios} ({percent} %), calls {calls}, unmatched {unmatched}",
        "用到的场景：{covered} / {scenarios}（{percent} %），调用 {calls} 次，未匹配 {unmatched} 次",
    ),
    "integration.never": ("never used", "从未使用"),
    "integration.unmatched": ("unmatched ", "未匹配"),
    "html.title": ("Scenario coverage", "场景覆盖率"),
    "html.covered": ("Scenarios used", "已使用的场景"),
    "html.uncovered": ("Never used", "从未使用"),
    "html.calls": ("Calls", "调用次数"),
    "html.unmatched": ("Unmatched calls", "未匹配的调用"),
    "html.all": ("All", "全部"),
    "html.only-uncovered": ("Only what was never used", "只看从未使用的"),
    "html.scenario": ("Scenario", "场景"),
    "html.tests": ("Tests", "测试"),
    "html.place": ("Written in", "定义位置"),
    "html.never": ("never used", "从未使用"),
    "html.unknown-test": ("a test that is not known", "未知测试"),
    "html.no-services": ("There are no services.", "没有任何服务。"),
    "html.exit": ("exit code", "退出码"),
    **FAULT,
}
