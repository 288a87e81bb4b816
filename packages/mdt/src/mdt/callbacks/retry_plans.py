"""When a callback that was not accepted is sent again, by name. Times are seconds after the try before.

WeChat Pay: pay.weixin.qq.com, 支付成功通知: 15 times within a day, until the application answers 200 or 204.
Alipay: opendocs.alipay.com, 异步通知: until the body is exactly `success`. Its published texts differ on the first waits; these
are the ones of the current text: three tries at once, then 4m, 10m, 10m, 1h, 2h, 6h, 15h.
"""

from collections.abc import Mapping

from mdt.callbacks.model import RetryPlan

MINUTE, HOUR = 60.0, 3600.0


def is_success(status: int, _body: bytes) -> bool:
    return 200 <= status < 300


def _by_wechatpay(status: int, _body: bytes) -> bool:
    return status in {200, 204}


def _by_alipay(status: int, body: bytes) -> bool:
    return status == 200 and body.strip() == b"success"


WECHATPAY = RetryPlan(
    "wechatpay",
    (
        *(15.0, 15.0, 30.0, 3 * MINUTE, 10 * MINUTE, 20 * MINUTE),
        *(30 * MINUTE, 30 * MINUTE, 30 * MINUTE, HOUR),
        *(3 * HOUR, 3 * HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR),
    ),
    _by_wechatpay,
)
ALIPAY = RetryPlan(
    "alipay",
    (0.0, 0.0, 4 * MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 15 * HOUR),
    _by_alipay,
)
RETRY_PLANS: Mapping[str, RetryPlan] = {plan.name: plan for plan in (WECHATPAY, ALIPAY)}
