"""What a test is told, in both languages: assertions, sessions and threads, unused scenarios, pytest's reports."""

from mdt.language import Texts, speaker

TEXTS: Texts = {
    # the assertions `called` and `not_called`
    "calls.expected": (
        "{service}: {route}{parts} was expected {times}, but was called {got}.",
        "{service}：{route}{parts} 期望被调用{times}，实际{got}。",
    ),
    "calls.any-route": ("any route", "任一路由"),
    "calls.part": (" with {name} {value!r}", "（{name} 为 {value!r}）"),
    "calls.at-least-once": ("at least once", "至少一次"),
    "calls.never": ("never", " 0 次"),
    "calls.once": ("once", " 1 次"),
    "calls.times": ("{count} times", " {count} 次"),
    "calls.none": ("The service was never called.", "该服务从未被调用。"),
    "calls.forgotten": ("({count} older calls are forgotten)", "（更早的 {count} 次调用已不再保留）"),
    "calls.unmatched": ("unmatched: {reason}", "未匹配：{reason}"),
    "calls.no-route": ("The service {service} has no route {route!r}.", "服务 {service} 没有路由 {route!r}。"),
    # blocks
    "block.in-use": (
        "This mock_scenario is in use already. Make another one: mock_scenario(...) for each block.",
        "这个 mock_scenario 已在使用。请另建一个：每个代码块用自己的 mock_scenario(...)。",
    ),
    "block.not-in-use": (
        "This mock_scenario is not in use, and cannot be left.",
        "这个 mock_scenario 没有在使用，无法退出。",
    ),
    "block.not-a-function": (
        (
            "mock_scenario decorates functions and methods, not {name}. Decorate each method of a class, "
            "below @staticmethod and @classmethod."
        ),
        (
            "mock_scenario 装饰函数和方法，不能装饰 {name}。请装饰类中的各个方法，"
            "并放在 @staticmethod 和 @classmethod 之下。"
        ),
    ),
    "block.generator": (
        "{name} is a generator: its body runs after the decorator. Write `with mock_scenario(...)` in it.",
        "{name} 是生成器：它的内容在装饰器之后才运行。请在其中写 `with mock_scenario(...)`。",
    ),
    "block.seed": (
        "A block inside another plays in its session, whose seed is given. Give the outer one `seed=`.",
        "内层代码块使用外层的会话，其随机种子已定。请给外层设置 `seed=`。",
    ),
    "block.mocks": (
        (
            "A block inside another plays in its session, with the definitions in {folder}. "
            "Leave `mocks=` out, or end the outer block first."
        ),
        "内层代码块使用外层的会话，其定义在 {folder}。请去掉 `mocks=`，或先结束外层代码块。",
    ),
    "folder.none": (
        (
            "There is no folder mocks/ in {here} or above it. Create one with `mdt mock create`, "
            "name yours with mock_scenario(..., mocks='FOLDER'), or set {setting}."
        ),
        (
            "{here} 及其上级都没有 mocks/ 文件夹。请用 `mdt mock create` 创建，"
            "用 mock_scenario(..., mocks='FOLDER') 指定，或设置 {setting}。"
        ),
    ),
    "state.not-virtual": (
        "{service} is no virtual service: it has no virtual.py, and so no state.",
        "{service} 不是虚拟服务：它没有 virtual.py，因此没有状态。",
    ),
    "handle.asked": ("{why} (asked for as m.{name})", "{why}（以 m.{name} 访问）"),
    # sessions and threads
    "session.left": (
        (
            "{call}: the mock_scenario block that this task or thread began in has ended. "
            "Wait for it inside the block; it was not let through to the network."
        ),
        "{call}：该任务或线程开始时所在的 mock_scenario 代码块已结束。请在代码块内等待它结束；该调用没有放行到网络。",
    ),
    "session.none": (
        (
            "{call}: the thread {thread!r} belongs to no session, while scenarios are active "
            "({names}). Give it its caller's session: executor = mdt.wrap(executor) for a pool, "
            "mdt.carry(function), called inside the block, for a thread; or send mdt.session_headers() along."
        ),
        (
            "{call}：线程 {thread!r} 不属于任何会话，而此时有场景在使用（{names}）。请把调用者的会话交给它："
            "线程池用 executor = mdt.wrap(executor)，线程用在代码块内调用的 mdt.carry(function)；"
            "或随请求发送 mdt.session_headers()。"
        ),
    ),
    "session.not-here": (
        "There is no session here. Call session_headers() inside `with mock_scenario(...)`.",
        "此处没有会话。请在 `with mock_scenario(...)` 之内调用 session_headers()。",
    ),
    "executor.elsewhere": (
        (
            "{executor} runs outside this interpreter, where no session can be taken along. "
            "Use `mdt mock serve`, and send mdt.session_headers() along."
        ),
        "{executor} 在本解释器之外运行，无法带上会话。请使用 `mdt mock serve`，并随请求发送 mdt.session_headers()。",
    ),
    # what cannot be played
    "passthrough.requests-mock": (
        "{call}: passthrough is not possible under requests-mock.",
        "{call}：在 requests-mock 之下无法转发到真实服务。",
    ),
    "passthrough.retry": (
        "{call}: a retry cannot go on to the real service; select one answer.",
        "{call}：重试无法转到真实服务；请选择一个应答。",
    ),
    "timeout.endless": (
        (
            "The scenario never answers (fault: timeout), and this call has no timeout: it would wait for ever. "
            "Give the client a timeout."
        ),
        "该场景永不应答（fault: timeout），而这次调用没有超时设置，会永远等待。请给客户端设置超时。",
    ),
    # the end of a block
    "unused.head": ("Selected, but never used:", "已选择但从未使用："),
    "unused.one": ("{name}: {why}", "{name}：{why}"),
    "unused.not-called": ("{service} was never called", "{service} 从未被调用"),
    "unused.called": (
        "{service} was called with {calls}{more}; {where}{turn}",
        "{service} 收到的调用是 {calls}{more}；{where}{turn}",
    ),
    "unused.call": ("{what} ({played})", "{what}（{played}）"),
    "unused.more": (" and {count} more", " 以及另外 {count} 种"),
    "unused.turn": ("; it is number {place} of its sequence", "；它是所在序列的第 {place} 个"),
    "unused.answers": ("{name} answers {routes}", "{name} 应答 {routes}"),
    "unused.answers-virtual": (
        "{name} answers what its virtual service knows",
        "{name} 应答其虚拟服务所知的请求",
    ),
    "call.unmatched": ("unmatched", "未匹配"),
    "end.note": ("mdt, at the end of the block:\n{text}", "mdt，在代码块结束时：\n{text}"),
    # pytest
    "pytest.session": ("mdt session {id}", "mdt 会话 {id}"),
    "pytest.selected": ("selected: {names}", "已选场景：{names}"),
    "pytest.defaults": ("the defaults", "默认场景"),
    "pytest.no-calls": ("no calls", "没有调用"),
    "pytest.mocks": (
        "folder of the mock definitions; default: mocks/ here or above",
        "模拟定义所在文件夹；默认为当前或上级的 mocks/",
    ),
    "pytest.strict": (
        "fail when a selected scenario is never used",
        "所选场景从未使用时判为失败",
    ),
}
said = speaker(TEXTS)
