"""What suggestions say, in both languages."""

from faultlab.language import Texts, speaker

TEXTS: Texts = {
    "suggest.closest": ("Did you mean {names}?", "您是不是要写 {names}？"),
    "suggest.known": ("Known: {names}", "已有：{names}"),
}
said = speaker(TEXTS)
