"""What the environment says about the portal: who is looking, and what is sold."""

from __future__ import annotations

import os
from importlib import import_module
from typing import cast

from billing_ui_components.identity import Identify

IDENTIFY = "BILLING_IDENTIFY"
CATALOG = "BILLING_CATALOG"
PRODUCT_NAME = "BILLING_PRODUCT_NAME"


def identify_from_environment() -> Identify | None:
    """The host's function that `BILLING_IDENTIFY` names as `module:function`.

    Returns:
        The function, None when the variable is not set.

    Raises:
        ValueError: the variable is not of that form, or names something that is not there.

    Example:
        >>> identify = identify_from_environment()  # BILLING_IDENTIFY=shop.login:current_customer
    """
    named = os.environ.get(IDENTIFY)
    if not named:
        return None
    module_name, colon, function_name = named.partition(":")
    if not (module_name and colon and function_name):
        raise ValueError(f"{IDENTIFY} is {named!r}: write it as module:function, such as shop.login:current_customer")
    try:
        function = getattr(import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{IDENTIFY} is {named!r}, which can't be imported: {error}") from error
    if not callable(function):
        raise ValueError(f"{IDENTIFY} is {named!r}, which is not a function")
    return cast(Identify, function)
