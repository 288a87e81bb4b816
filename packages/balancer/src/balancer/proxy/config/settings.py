"""Everything under `settings:`, with the defaults. Times are seconds, sizes bytes."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


class Model(BaseModel):
    """Refuses keys that it does not know, never changes, and keeps values out of error messages."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True, allow_inf_nan=False
    )


def compiled(value: Any) -> Any:
    """The text as a regular expression without regard to case; ValueError says where it breaks."""
    if not isinstance(value, str):
        return value
    try:
        return re.compile(value, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"this is no regular expression: {error}") from None


type Seconds = Annotated[float, Field(ge=0)]
type Timeout = Annotated[float, Field(gt=0)]
type Count = Annotated[int, Field(ge=0)]
type Positive = Annotated[int, Field(ge=1)]
type HttpCode = Annotated[int, Field(ge=100, le=599)]
type Pattern = Annotated[re.Pattern[str], BeforeValidator(compiled)]
type Secret = Annotated[SecretStr, Field(min_length=1)]


class CooldownBackoff(Model):
    """Each failed probe makes the cooldown `factor` times as long, up to `max`."""

    factor: Annotated[float, Field(ge=1)] = 2
    max: Timeout = 900


class RetrySettings(Model):
    """`max_attempts` counts every upstream call of one request; `deadline` ends the request whatever is left to try."""

    same_provider: Count = 1
    max_attempts: Positive = 6
    deadline: Timeout = 120
    base: Seconds = 0.2
    cap: Seconds = 5
    honor_retry_after_up_to: Seconds = 3
    server_tools: bool = False


class StreamSettings(Model):
    """What is held back before the answer is committed to one provider, and what happens when it breaks afterwards."""

    commit: Literal["first_content"] = "first_content"
    hold_max_events: Positive = 64
    hold_max_bytes: Positive = 262_144
    hold_max_seconds: Timeout = 10
    on_break: Literal["error", "resume_identical", "continue"] = "error"


class HedgeSettings(Model):
    """A second provider is asked when the first is slower than `after_ms`; `p95` takes what has been measured."""

    enabled: bool = False
    after_ms: Literal["p95"] | Positive = "p95"
    max_extra: Positive = 1


class DeduplicationSettings(Model):
    """`retries` joins only what a client marks as a repetition; `all` joins equal requests while the first is under way."""

    enabled: bool = True
    mode: Literal["retries", "all"] = "retries"
    scope: Literal["client", "global"] = "client"
    include_max_tokens_in_signature: bool = False
    error_hold: Seconds = 3
    wait: Timeout = 180
    max_buffer: Positive = 8_388_608


class LimitSettings(Model):
    max_body: Positive = 33_554_432
    max_inflight: Positive = 1000


class AuthSettings(Model):
    """Keys that callers need to show, as `x-api-key` or as a bearer token."""

    enabled: bool = False
    keys: tuple[Secret, ...] = ()
    exempt_paths: tuple[str, ...] = ("/health",)


UNHEALTHY_CODES = frozenset({401, 402, 403, 404, 408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
NETWORK_WORDS = ("connection", "timeout", "ssl", "network")
ERROR_BODIES = (r'"error"\s*:\s*".*insufficient.*credits"', r'"type"\s*:\s*"error"')


class Settings(Model):
    """`unhealthy_*` and `failure_cooldown` say when a provider is taken out, and for how long."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9090
    admin_token: Secret | None = None
    shutdown_timeout: Timeout = 30
    selection_strategy: Literal["priority", "round_robin", "random", "weighted", "least_latency"] = "priority"
    sticky_provider_duration: Seconds = 300
    sticky_scope: Literal["session", "client", "global"] = "client"
    failover_on: Literal["error", "unhealthy"] = "error"
    unhealthy_threshold: Positive = 2
    unhealthy_thresholds: dict[HttpCode, Positive] = Field(default_factory=dict)
    failure_cooldown: Seconds = 60
    cooldown_backoff: CooldownBackoff = CooldownBackoff()
    unhealthy_reset_on_success: bool = True
    unhealthy_reset_timeout: Timeout = 300
    unhealthy_http_codes: frozenset[HttpCode] = UNHEALTHY_CODES
    unhealthy_exception_patterns: tuple[Pattern, ...] = tuple(map(compiled, NETWORK_WORDS))
    unhealthy_response_body_patterns: tuple[Pattern, ...] = tuple(map(compiled, ERROR_BODIES))
    retry: RetrySettings = RetrySettings()
    stream: StreamSettings = StreamSettings()
    hedge: HedgeSettings = HedgeSettings()
    deduplication: DeduplicationSettings = DeduplicationSettings()
    limits: LimitSettings = LimitSettings()
    auth: AuthSettings = AuthSettings()
