"""What errors and suggestions say, in both languages."""

from mdt.language import Texts, speaker

TEXTS: Texts = {
    "suggest.closest": ("Did you mean {names}?", "您是不是要写 {names}？"),
    "suggest.known": ("Known: {names}", "已有：{names}"),
    "problem.with-hint": ("{message}. {hint}", "{message}。{hint}"),
    "definitions.one": ("The mock definitions have 1 problem:", "模拟定义有 1 个问题："),
    "definitions.several": ("The mock definitions have {count} problems:", "模拟定义有 {count} 个问题："),
    "scenario.unknown": ("There is no scenario {name!r}.", "没有场景 {name!r}。"),
    "scenario.list": ("`mdt mock list` shows the names.", "用 `mdt mock list` 查看名称。"),
    "service.unknown": ("There is no service {name!r}.", "没有服务 {name!r}。"),
}
said = speaker(TEXTS)
