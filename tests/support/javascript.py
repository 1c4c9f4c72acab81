"""What a var comes to in the browser, found by running its expression in bun."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from reflex.vars import Var

from billing_ui.toolchain import find_bun

# Reflex's own, from utils/state.js.
_HELPERS = "const pyAnd = (a, b) => (Boolean(a) ? b() : a);"


def value_of(var: Var, state: type, fields: dict[str, Any], *, imports: str = "") -> Any:
    """Evaluate a var while the fields of a state have these values.

    `imports` are lines of JavaScript that the expression needs besides. A field that is missing in the answer was undefined, or not a number: JSON has neither.
    """
    names = {field: getattr(state, field) for field in fields}
    base = next(iter(names.values()))._js_expr.rpartition(".")[0]
    values = {name._js_expr.rpartition(".")[2]: fields[field] for field, name in names.items()}
    data = var._get_all_var_data()
    constants = [hook for hook in (data.hooks if data else ()) if hook.startswith("const bui")]
    script = "\n".join(
        [
            imports,
            _HELPERS,
            f"const {base} = {json.dumps(values)};",
            *constants,
            f"console.log(JSON.stringify({{ value: {var!s} }}));",
        ]
    )
    done = subprocess.run([str(find_bun()), "-e", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout).get("value")
