"""What is wrong with definitions and how to mend it, in both languages."""

from mdt.language import Texts, speaker

TEXTS: Texts = {
    # what something is
    "a-service-file": ("a service file", "服务文件"),
    "a-service": ("a service", "服务"),
    "a-composition": ("a composition", "组合"),
    "an-answer": ("an answer", "应答"),
    "an-event": ("an event", "事件"),
    "the-route": ("the route {key!r}", "路由 {key!r}"),
    "the-scenario": ("the scenario {name!r}", "场景 {name!r}"),
    "kind.empty": ("empty", "空值"),
    "kind.mapping": ("a mapping", "映射"),
    "kind.list": ("a list", "列表"),
    "kind.truth": ("true or false ({value!r})", "true 或 false（{value!r}）"),
    "kind.number": ("a number ({value!r})", "数字（{value!r}）"),
    "kind.text": ("a text ({value!r})", "文本（{value!r}）"),
    "kind.other": ("something else ({value!r})", "其他内容（{value!r}）"),
    # of every file
    "not-a-mapping": ("{what} is a mapping, not {kind}", "{what}应为映射，不是{kind}"),
    "no-key": ("{what} has no key {key!r}", "{what}没有键 {key!r}"),
    "not-a-text": ("{key!r} is a text, not {kind}", "{key!r} 应为文本，不是{kind}"),
    "quote-it": ('Write it in quotes: "{value}"', '请加上引号："{value}"'),
    "use-name-characters": ("Use letters, digits, - and _", "请使用字母、数字、- 和 _"),
    "keep-one": ("Keep one of them", "请保留其中一个"),
    "no-folder": ("there is no such folder of mock definitions", "没有这个模拟定义文件夹"),
    "no-folder.hint": (
        "Run from the project's root, or name the folder",
        "请在项目根目录运行，或指定该文件夹",
    ),
    "file.no-service": (
        "{folder}/ has no service.yaml, so {file} is not read",
        "{folder}/ 中没有 service.yaml，因此不会读取 {file}",
    ),
    "file.no-service.hint": (
        "Call it service.yaml, or move it one folder up",
        "请改名为 service.yaml，或移到上一级文件夹",
    ),
    "file.outside": ("{file} lies outside of {folder}/", "{file} 在 {folder}/ 之外"),
    "file.outside.hint": ("Put the file into the folder", "请把文件放进该文件夹"),
    "file.large": ("{file} is larger than {limit} MB", "{file} 超过 {limit} MB"),
    "file.unreadable": ("{file} cannot be read: {reason}", "无法读取 {file}：{reason}"),
    "shared.twice": ("there are two files for shared.{name}", "shared.{name} 有两个文件"),
    "no-json": ("this is no JSON: {error}", "这不是 JSON：{error}"),
    # YAML
    "yaml.deep": (
        "the file is nested more than {limit} levels deep, or refers to itself",
        "文件的嵌套超过 {limit} 层，或引用了自身",
    ),
    "yaml.much": ("the file holds more than {limit} values", "文件中的值超过 {limit} 个"),
    "yaml.much.hint": ("Aliases count as often as they are used", "别名每使用一次就计数一次"),
    "yaml.empty": ("the file is empty", "文件为空"),
    "yaml.bad": ("this is no YAML: {reason}", "这不是 YAML：{reason}"),
    "yaml.encoding": ("Save the file as UTF-8", "请把文件保存为 UTF-8"),
    "yaml.tab": ("YAML is indented with spaces, not tabs", "YAML 用空格缩进，不用制表符"),
    "yaml.tag": ("the tag {tag!r} is not used here", "此处不使用标签 {tag!r}"),
    "yaml.tag.hint": ("Remove it", "请删除它"),
    "yaml.twice": ("the key {key!r} stands here twice", "键 {key!r} 在此出现了两次"),
    "yaml.twice.hint": ("First in line {line}", "第一次在第 {line} 行"),
    "yaml.key": ("a key is a text, not a list or a mapping", "键是文本，不是列表或映射"),
    "yaml.key.hint": ("Templates go in quotes: '{{{{ … }}}}'", "模板要加引号：'{{{{ … }}}}'"),
    "yaml.merge": ("the merge key `<<` is not part of YAML 1.2", "合并键 `<<` 不属于 YAML 1.2"),
    "yaml.merge.hint": ("Write the keys, or use `extends`", "请写出各键，或使用 `extends`"),
    # a service and its routes
    "service.twice": ("there are two services called {name!r}", "有两个服务都叫 {name!r}"),
    "service.twice.hint": ("The other one is {file}", "另一个是 {file}"),
    "service.name": ("{name!r} is no name of a service", "{name!r} 不能作为服务名称"),
    "service.default": (
        "no route has the default scenario {name!r}",
        "没有路由含有默认场景 {name!r}",
    ),
    "service.same-url": ("{url} belongs to two services", "{url} 属于两个服务"),
    "service.same-url.hint": (
        "{name} ({file}) has it already. Give one of them a base path or another host",
        "{name}（{file}）已经在用。请给其中一个换基础路径或主机",
    ),
    "url.bad": ("{url!r} is no url: {error}", "{url!r} 不是网址：{error}"),
    "url.not-a-service": (
        "{url!r} is no url of a service: write http://host or https://host/base",
        "{url!r} 不是服务的网址：请写 http://host 或 https://host/base",
    ),
    "url.variable": (
        "the environment has no {name}; set it, or write ${{{name}:-http://…}}",
        "环境变量 {name} 不存在；请设置它，或写 ${{{name}:-http://…}}",
    ),
    "route.key": ("{key!r} is no route", "{key!r} 不是路由"),
    "route.key.hint": (
        "Write a method and a path: POST /orders/{{id}}",
        "请写方法和路径：POST /orders/{{id}}",
    ),
    "route.method": ("{method!r} is no method", "{method!r} 不是请求方法"),
    "route.query": ("{template!r} holds a query", "{template!r} 含有查询参数"),
    "route.query.hint": (
        "Ask for it in match: {{query: {{name: value}}}}",
        "请在 match 中要求：{{query: {{name: value}}}}",
    ),
    "route.parameter-twice": ("{template!r} names a parameter twice", "{template!r} 中有重名的参数"),
    "route.braces": (
        "{template!r} has braces that are no parameter",
        "{template!r} 中有不构成参数的花括号",
    ),
    "route.braces.hint": ("Write {{name}}", "请写 {{name}}"),
    "route.ambiguous": (
        "{one} and {other} (line {line}) fit the same requests: both have {demands}",
        "{one} 与 {other}（第 {line} 行）符合同样的请求：二者都{demands}",
    ),
    "route.ambiguous.hint": (
        "Add a demand to one of them, or let both demand different values at the same place",
        "请给其中一个增加要求，或让二者在同一处要求不同的值",
    ),
    "route.no-demands": ("no `match`", "没有 `match`"),
    "route.one-demand": ("1 demand in `match`", "在 `match` 中有 1 项要求"),
    "route.demands": ("{count} demands in `match`", "在 `match` 中有 {count} 项要求"),
    # scenarios and answers
    "scenario.name": ("{name!r} is no name of a scenario", "{name!r} 不能作为场景名称"),
    "scenario.answer-key": (
        "{name!r} is a key of an answer, not the name of a scenario",
        "{name!r} 是应答的键，不是场景名称",
    ),
    "scenario.answer-key.hint": (
        "Write the scenario's name between the route and its answer: success: {{json: …}}",
        "请在路由与应答之间写上场景名称：success: {{json: …}}",
    ),
    "scenario.virtual": (
        "{name!r} is the virtual service's own scenario",
        "{name!r} 是虚拟服务自己的场景",
    ),
    "scenario.virtual.hint": ("Choose another name", "请换一个名称"),
    "sequence.unknown": (
        "the sequence names no scenario of this route: {name!r}",
        "序列中的 {name!r} 不是该路由的场景",
    ),
    "sequence.nested": ("a sequence cannot hold the sequence {name!r}", "序列中不能再放序列 {name!r}"),
    "sequence.list": ("`sequence` is a list of scenarios, not {kind}", "`sequence` 应为场景列表，不是{kind}"),
    "extends.unknown": (
        "`extends` names no scenario of this route: {name!r}",
        "`extends` 中的 {name!r} 不是该路由的场景",
    ),
    "extends.circle": ("`extends` goes in a circle: {path}", "`extends` 形成循环：{path}"),
    "alone": ("{key!r} stands alone; remove {others}", "{key!r} 只能单独使用；请删除 {others}"),
    "status": ("`status` is a number from 200 to 599, not {kind}", "`status` 应为 200 到 599 的数字，不是{kind}"),
    "header.name": ("{name!r} is no name of a header", "{name!r} 不能作为头部名称"),
    "header.value": (
        "a header's value is one line of text, not {kind}",
        "头部的值应为一行文本，不是{kind}",
    ),
    "header.ascii": ("a header's value is ASCII text", "头部的值应为 ASCII 文本"),
    "header.ascii.hint": ("Percent-encode it, as HTTP does", "请像 HTTP 那样做百分号编码"),
    "dribble.keys": (
        "`dribble` has exactly the keys chunks and over: {{chunks: 5, over: 2s}}",
        "`dribble` 只有 chunks 和 over 两个键：{{chunks: 5, over: 2s}}",
    ),
    "dribble.chunks": ("`chunks` is a number from 1 to {limit}", "`chunks` 应为 1 到 {limit} 的数字"),
    "dribble.sse": ("`dribble` and `sse` exclude each other", "`dribble` 与 `sse` 不能同时使用"),
    "dribble.sse.hint": ("Give events a delay", "请给事件加 delay"),
    "fault.unknown": ("there is no fault {name!r}.", "没有故障 {name!r}。"),
    "passthrough": (
        "`passthrough` is true, or the url of the real service: https://api.example.com",
        "`passthrough` 应为 true，或真实服务的网址：https://api.example.com",
    ),
    "body.several": ("an answer has one body, not {kinds}", "一个应答只有一种正文，不能同时有 {kinds}"),
    "body.status": ("a reply with status {status} has no body", "状态码为 {status} 的应答没有正文"),
    "body.text": ("`text` is a text, not {kind}", "`text` 应为文本，不是{kind}"),
    "body.text.hint": ("Use `json`, or quotes", "请使用 `json`，或加上引号"),
    "body.base64": ("`base64` is no base64 text: {error}", "`base64` 不是 base64 文本：{error}"),
    "body.file": ("`file` is a path beside this file, not {kind}", "`file` 应为本文件旁的路径，不是{kind}"),
    "body.sse": ("`sse` is a list of events, not {kind}", "`sse` 应为事件列表，不是{kind}"),
    "event.line": ("{name!r} of an event is one line of text", "事件的 {name!r} 应为一行文本"),
    # durations
    "duration": (
        "{value!r} is no duration up to a day: write 80ms, 1.5s, 2m or a number of seconds",
        "{value!r} 不是一天以内的时长：请写 80ms、1.5s、2m 或秒数",
    ),
    "latency": ("`latency` is a duration, or one of {names}", "`latency` 应为时长，或 {names} 之一"),
    "latency.uniform": ("`uniform`: min is larger than max", "`uniform`：min 大于 max"),
    "latency.sigma": (
        "`lognormal` needs sigma, a number from 0 to 10",
        "`lognormal` 需要 sigma，0 到 10 的数字",
    ),
    "latency.median": (
        "`lognormal`: the median is more than 0 and not more than max",
        "`lognormal`：median 应大于 0 且不大于 max",
    ),
    "latency.keys": ("`{name}` has exactly the keys {keys}", "`{name}` 只有这些键：{keys}"),
    # match
    "match.no-mapping": (
        "a value here is a text or a matcher ({words}), not a mapping",
        "此处的值应为文本或匹配器（{words}），不是映射",
    ),
    "match.word.hint": (
        "A key of the body that is called {word!r}? Then write {{equals: …}} around the object",
        "正文中有名为 {word!r} 的键吗？那么请在对象外面写 {{equals: …}}",
    ),
    # compositions
    "composition.twice": ("there are two files for {name}", "{name} 有两个文件"),
    "composition.name": ("{name!r} is no name of a composition", "{name!r} 不能作为组合名称"),
    "composition.list": (
        "a composition is a list of scenarios, not {kind}",
        "组合应为场景列表，不是{kind}",
    ),
    "composition.entry": ("{kind} is no scenario", "{kind}不是场景"),
    "composition.entry.hint": (
        "service.scenario, or {{sequence: […]}}",
        "请写 服务.场景，或 {{sequence: […]}}",
    ),
    "composition.is-scenario": (
        "{name} is also a scenario of the service {service}",
        "{name} 同时也是服务 {service} 的场景",
    ),
    "composition.is-scenario.hint": ("Rename one of them", "请给其中一个改名"),
    "composition.circle": ("the composition goes in a circle: {path}", "组合形成循环：{path}"),
    # mdt.yaml
    "setting": ("{key!r} is {wanted}, not {kind}", "{key!r} 应为{wanted}，不是{kind}"),
    "setting.number": ("a number from {least} to {most}", " {least} 到 {most} 的数字"),
    "setting.truth": ("true or false", " true 或 false"),
    "setting.text": ("a text", "文本"),
    "setting.seed": ("a number or a text", "数字或文本"),
    "setting.hosts": ("a list of hosts", "主机列表"),
    "setting.duration": ("a duration: 30m, or a number of seconds", "时长（30m）或秒数"),
    # virtual.py
    "virtual.broken": ("this file cannot be loaded: {error}", "无法加载该文件：{error}"),
    "virtual.classes": (
        "the file holds {count} subclasses of VirtualService",
        "该文件中有 {count} 个 VirtualService 的子类",
    ),
    "virtual.classes.hint": ("Write exactly one", "请只写一个"),
    "watcher.running": ("This watcher runs already", "监视已在运行"),
}
said = speaker(TEXTS)
