"""What is wrong with a virtual service, in both languages. What it answers to a request is its own, and not here."""

from mdt.language import Texts, speaker

TEXTS: Texts = {
    "handler.async": (
        "{where} is async; handlers are plain functions",
        "{where} 是异步函数；处理函数应为普通函数",
    ),
    "handler.path": (
        "{where} has no parameter {names}, which its path names",
        "{where} 没有其路径中的参数 {names}",
    ),
    "handler.bodies": ("{where} has two bodies; a request has one", "{where} 有两个请求体；一个请求只有一个"),
    "handler.annotation": ("{where}: {error}", "{where}：{error}"),
    "handler.untyped": ("{where}: the parameter {name!r} has no type", "{where}：参数 {name!r} 没有类型"),
    "handler.template": (
        "{where}: the path {template!r} begins with /",
        "{where}：路径 {template!r} 应以 / 开头",
    ),
    "no-routes": (
        "{service} has no routes; put @get(...) or @post(...) above its functions",
        "{service} 没有路由；请在其函数上方写 @get(...) 或 @post(...)",
    ),
    "seed.unknown": (
        "the seed {file!r} does not exist. Seeds lie in shared/: {known}",
        "种子文件 {file!r} 不存在。种子放在 shared/ 中：{known}",
    ),
    "seed.none": ("none", "无"),
    "seed.unfit": ("the seed does not fit {service}.State: {error}", "种子不符合 {service}.State：{error}"),
}
said = speaker(TEXTS)
