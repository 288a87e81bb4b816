"""What a gateway makes of a provider that fails: python bench/gateways.py [balancer|litellm]

Two OpenAI providers, of which the second is well; the OpenAI SDK without retries of its own. Prints a table in Markdown.
"""

import asyncio
import sys

from balancer.testing import Environment, ProviderBehavior, ProviderConfig, Scenario

B = ProviderBehavior
TEXT = "one two three four five"
CASES = [
    (B.ERROR, False, {}),
    (B.OVERLOADED, False, {}),
    (B.RATE_LIMIT, False, {}),
    (B.CONNECTION_ERROR, False, {}),
    (B.NOT_JSON, False, {}),
    (B.TRUNCATED_BODY, False, {}),
    (B.OVERLOADED, True, {}),
    (B.STREAM_ERROR_EVENT, True, {"fault_after_chunks": 0}),
    (B.EMPTY_STREAM, True, {}),
    (B.STREAM_CUT, True, {"fault_after_chunks": 0}),
    (B.STREAM_CUT, True, {"fault_after_chunks": 2}),
    (B.STREAM_TRUNCATED, True, {"fault_after_chunks": 2}),
    (B.STREAM_STALL, True, {"fault_after_chunks": 2, "stall_ms": 8000}),
]
SCENARIO = Scenario(
    "gateways",
    [
        ProviderConfig("p1", provider_type="openai", response_data={"content": TEXT}),
        ProviderConfig("p2", provider_type="openai", response_data={"content": "from p2"}),
    ],
    model_name="test-model",
    settings_override={"sticky_provider_duration": 0, "failure_cooldown": 1},
)


async def ask(env, number: int, *, stream: bool) -> str:
    """How it ended, in a few words."""
    asked = {"model": env.model_name, "messages": [{"role": "user", "content": f"question {number}"}], "stream": stream}
    text = ""
    try:
        async with asyncio.timeout(30):
            answer = await env.openai(max_retries=0).chat.completions.create(**asked)
            if not stream:
                text = answer.choices[0].message.content or ""
            else:
                async for chunk in answer:
                    text += "".join(choice.delta.content or "" for choice in chunk.choices)
    except Exception as error:  # noqa: BLE001 - it is what the client sees
        return f"error ({type(error).__name__})" if not isinstance(error, TimeoutError) else "hangs"
    return {"from p2": "next", TEXT: "answer of p1"}.get(text, f"looks complete: {text!r}")


async def main(gateway: str) -> None:
    async with Environment(SCENARIO, gateway=gateway) as env:
        print(f"| the first provider | {gateway} | calls of it |\n|---|---|---|")
        for number, (behavior, stream, fields) in enumerate(CASES):
            env.set_behavior("p1", behavior, **fields)
            before = env.attempts("p1")
            seen = await ask(env, number, stream=stream)
            after = f" after {fields['fault_after_chunks']}" if fields else ""
            print(f"| {behavior}{after}{', streaming' * stream} | {seen} | {env.attempts('p1') - before} |", flush=True)
            if hasattr(env.gateway, "advance"):
                env.advance(1000)
            else:
                await asyncio.sleep(6)  # its cooldown of 5 seconds


if __name__ == "__main__":
    asyncio.run(main(*(sys.argv[1:] or ["balancer"])))
