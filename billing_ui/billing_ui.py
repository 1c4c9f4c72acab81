"""The portal as a Reflex app: the module that the portal's rxconfig names.

`BILLING_DEMO=1` adds the demo's customers, their switcher and what can be tried. Without it none of that is loaded.
`BILLING_GALLERY=1` makes it the gallery of the components instead.
"""

import os

if os.environ.get("BILLING_DEMO") == "1":
    from billing_ui.demo.app import create_app
elif os.environ.get("BILLING_GALLERY") == "1":
    from billing_ui.gallery_app import create_app
else:
    from billing_ui.portal.app import create_app

app = create_app()
