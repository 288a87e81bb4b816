"""The moments at which a fault can be set off: the columns of the heat map, and what they are called."""

from faultlab.record import Text

MOMENTS: dict[str, Text] = {
    "m0": Text(en="before connecting", zh="建立连接之前"),
    "m1": Text(en="idle in the pool", zh="连接在池中空闲"),
    "m2": Text(en="write sent, no reply yet", zh="写语句已发出，尚无应答"),
    "m3": Text(en="between write and COMMIT", zh="写语句与 COMMIT 之间"),
    "m4": Text(en="COMMIT not forwarded", zh="COMMIT 未送达"),
    "m5": Text(en="COMMIT applied, reply lost", zh="COMMIT 已生效，应答丢失"),
    "m6": Text(en="COMMIT delivered late", zh="COMMIT 迟到"),
    "m7": Text(en="after COMMIT", zh="COMMIT 之后"),
    "m8": Text(en="while a repeat reads", zh="重发请求读取时"),
}
