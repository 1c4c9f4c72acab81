"""The Reflex side of billing_ui: the state of a tab, the hub that keeps it fresh, and the components that draw it.

Each name is imported at its first use, so that importing this package registers no state: a host's rxconfig may import
it while Reflex is still loading.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from billing_ui_components.bar import usage_bar as usage_bar
    from billing_ui_components.compact import compact_usage_display as compact_usage_display
    from billing_ui_components.custom import is_approaching_limit as is_approaching_limit
    from billing_ui_components.custom import track_usage as track_usage
    from billing_ui_components.custom import usage_metrics as usage_metrics
    from billing_ui_components.display import usage_display as usage_display
    from billing_ui_components.gate import feature_gate as feature_gate
    from billing_ui_components.identity import Identity as Identity
    from billing_ui_components.labels import GERMAN as GERMAN
    from billing_ui_components.labels import Labels as Labels
    from billing_ui_components.meter import MeterView as MeterView
    from billing_ui_components.meter_figures import Thresholds as Thresholds
    from billing_ui_components.mixin import UsageMixin as UsageMixin
    from billing_ui_components.nudge import upgrade_nudge as upgrade_nudge
    from billing_ui_components.nudge_view import NudgeView as NudgeView
    from billing_ui_components.plan_policy import PlanChange as PlanChange
    from billing_ui_components.plans_link import open_plans as open_plans
    from billing_ui_components.portal import customer_portal as customer_portal
    from billing_ui_components.portal import open_portal as open_portal
    from billing_ui_components.pricing import pricing_table as pricing_table
    from billing_ui_components.prompt import compact_upgrade_prompt as compact_upgrade_prompt
    from billing_ui_components.prompt import upgrade_prompt as upgrade_prompt
    from billing_ui_components.state import UsageState as UsageState
    from billing_ui_components.state import sign_out as sign_out

# No module may be called what a name here is called: importing it would put the module in the name's place.
_MODULES = {
    "GERMAN": "labels",
    "Identity": "identity",
    "Labels": "labels",
    "MeterView": "meter",
    "NudgeView": "nudge_view",
    "PlanChange": "plan_policy",
    "Thresholds": "meter_figures",
    "UsageMixin": "mixin",
    "UsageState": "state",
    "compact_upgrade_prompt": "prompt",
    "compact_usage_display": "compact",
    "customer_portal": "portal",
    "feature_gate": "gate",
    "is_approaching_limit": "custom",
    "open_plans": "plans_link",
    "open_portal": "portal",
    "pricing_table": "pricing",
    "sign_out": "state",
    "track_usage": "custom",
    "upgrade_nudge": "nudge",
    "upgrade_prompt": "prompt",
    "usage_bar": "bar",
    "usage_display": "display",
    "usage_metrics": "custom",
}

__all__ = [
    "GERMAN",
    "Identity",
    "Labels",
    "MeterView",
    "NudgeView",
    "PlanChange",
    "Thresholds",
    "UsageMixin",
    "UsageState",
    "compact_upgrade_prompt",
    "compact_usage_display",
    "customer_portal",
    "feature_gate",
    "is_approaching_limit",
    "open_plans",
    "open_portal",
    "pricing_table",
    "sign_out",
    "track_usage",
    "upgrade_nudge",
    "upgrade_prompt",
    "usage_bar",
    "usage_display",
    "usage_metrics",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
