"""What the command line says: English and Chinese side by side; language.py picks one."""

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
    "exit.problems": ("a promise was broken, or a report cannot be read", "有承诺未兑现，或报告无法读取"),
    "exit.usage": ("wrong call: command, option, or a name that does not exist", "用法错误：命令、选项或名称不存在"),
    "exit.unreachable": ("no database could be had", "没有可用的数据库"),
    "exit.interrupted": ("ended by Ctrl-C", "被 Ctrl-C 结束"),
    "usage.command": ("There is no command {name!r}.", "没有命令 {name!r}。"),
    "usage.option": ("There is no option {name}.", "没有选项 {name}。"),
    "usage.missing": ("{name} is missing.", "缺少 {name}。"),
    "usage.help": ("`{command} --help` says more.", "用 `{command} --help` 查看帮助。"),
    "option.help": ("Show this and end.", "显示本帮助并结束。"),
    "option.lang": (
        "Language; otherwise FAULTLAB_LANG, MDT_LANG, else the one of the terminal (LANG).",
        "语言；否则取 FAULTLAB_LANG、MDT_LANG，再取终端语言（LANG）。",
    ),
    "option.json": (
        "One JSON document on stdout; notes go to stderr.",
        "在标准输出给出一个 JSON 文档；提示写到标准错误。",
    ),
    "fault.help": (
        "Interrupt the database of a service, and check what the service promised.",
        "中断服务的数据库，检查服务的承诺是否兑现。",
    ),
    # faultlab run, chaos, list
    "fault.run": (
        "Interrupt the database of a service at chosen moments and check what it promised.",
        "在选定的时刻中断服务的数据库，检查其承诺是否兑现。",
    ),
    "fault.chaos": (
        "Send requests for minutes while random faults come and go, then count everything.",
        "持续发送请求数分钟，期间随机触发故障，最后核对全部数据。",
    ),
    "fault.list": ("List the cases: ids for `faultlab run --case`.", "列出用例；其编号用于 `faultlab run --case`。"),
    "fault.db": ("Which database.", "使用哪种数据库。"),
    "fault.server": (
        "Where it is: local (an installed program), docker, or a URL; otherwise what this machine has.",
        "数据库在哪里：local（已安装的程序）、docker 或 URL；否则取本机可用的一种。",
    ),
    "fault.adapter": (
        "The service: a name, or `package.module:Class`. Otherwise the only one that pyproject.toml names.",
        "要测试的服务：名称，或 `package.module:Class`。否则取 pyproject.toml 中唯一的一个。",
    ),
    "fault.case": (
        "Only this case; may be repeated. `faultlab list` shows the ids.",
        "只运行该用例；可重复。`faultlab list` 列出编号。",
    ),
    "fault.clients": (
        "Clients at once in the matrix of faults and moments; may be repeated. Otherwise 1 and 8.",
        "故障与时刻矩阵中的并发客户端数；可重复。否则为 1 和 8。",
    ),
    "fault.chaos_clients": ("Clients at once.", "并发客户端数。"),
    "fault.minutes": ("How long.", "持续几分钟。"),
    "fault.seed": (
        "A run with the same seed makes the same choices. Otherwise a new one, which the report names.",
        "相同的种子做出相同的选择。否则使用新种子，报告中会写明。",
    ),
    "fault.out": (
        "Folder for report.json, junit.xml and report.html.",
        "report.json、junit.xml 与 report.html 所在文件夹。",
    ),
    "fault.testbeds": ("Cases that run side by side.", "同时运行的用例数。"),
    "fault.slack": (
        "Stretch the limits of time by this factor, on a slow machine.",
        "在较慢的机器上把时间限制放宽到该倍数。",
    ),
    "fault.check.slack_option": (
        "Stretch the limits of time by this factor; otherwise by that of the run.",
        "把时间限制放宽到该倍数；否则取该次运行的倍数。",
    ),
    "fault.begin": (
        "Cases: {cases}, database {database}, seed {seed}",
        "用例 {cases} 个，数据库 {database}，种子 {seed}",
    ),
    "fault.passed": (
        "Every promise was kept: passed {passed}, failed {failed}, not run {not_run}, in {seconds} s, seed {seed}",
        "所有承诺均已兑现：通过 {passed}，失败 {failed}，未运行 {not_run}，用时 {seconds} 秒，种子 {seed}",
    ),
    "fault.failed": (
        "Not every promise was kept: passed {passed}, failed {failed}, not run {not_run}, in {seconds} s, seed {seed}",
        "并非所有承诺都已兑现：通过 {passed}，失败 {failed}，未运行 {not_run}，用时 {seconds} 秒，种子 {seed}",
    ),
    # faultlab report, schema
    "fault.report": (
        "Make report.html and junit.xml again from a report.json.",
        "根据 report.json 重新生成 report.html 与 junit.xml。",
    ),
    "fault.report.file": ("The report.json, or the folder that it is in.", "report.json 文件，或其所在文件夹。"),
    "fault.report.out": (
        "Another folder for the files, with a copy of report.json; otherwise beside it.",
        "输出到另一文件夹，并复制 report.json；否则输出到其旁边。",
    ),
    "fault.report.written": ("written {file}", "已写入 {file}"),
    "fault.schema": ("Print the JSON Schema of report.json.", "输出 report.json 的 JSON Schema。"),
    # faultlab check
    "fault.check": (
        "Judge a report again, from what it recorded.",
        "根据报告中的记录重新判定。",
    ),
    "fault.check.case": ("Only this case; may be repeated.", "只判定该用例；可重复。"),
    "fault.check.slack": ("--slack is a number over 0, not {given}.", "--slack 应为大于 0 的数，而不是 {given}。"),
    "fault.check.no-case": ("The report has no case {name!r}.", "报告中没有用例 {name!r}。"),
    "fault.check.id": ("case", "用例"),
    "fault.check.status": ("status", "状态"),
    "fault.check.passed": ("passed", "通过"),
    "fault.check.failed": ("failed", "失败"),
    "fault.check.not-run": ("not run", "未运行"),
    "fault.check.changed": ("{status} (was: {before})", "{status}（原为：{before}）"),
    "fault.check.sum": (
        "passed {passed}, failed {failed}, not run {not_run}",
        "通过 {passed}，失败 {failed}，未运行 {not_run}",
    ),
}
