"""Calling an engine or a client from a coroutine, whether its methods are coroutines or not."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool


async def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Awaits a coroutine function; runs any other in a thread, so that the event loop never waits for a disk.

    Example:
        >>> receipt = await call(billing.track_usage, customer_id="cus_123", feature_key="api_calls")
    """
    if inspect.iscoroutinefunction(function):
        return await function(*args, **kwargs)
    answer = await run_in_threadpool(function, *args, **kwargs)
    return await answer if isinstance(answer, Awaitable) else answer
