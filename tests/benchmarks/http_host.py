"""What the HTTP cases call, as `granian tests.benchmarks.http_host:app` serves it: the API, and one that does nothing."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from billing_ui_backend import AsyncBilling, create_api


class _Idle(AsyncBilling):
    """What is left of tracking when nothing is tracked: the same route, key check and body, and an empty answer."""

    async def track_usage(self, **_: Any) -> Any:
        return None


app = FastAPI()
app.mount("/billing", create_api(AsyncBilling()))
app.mount("/idle", create_api(_Idle()))
