"""The portal as a Reflex app: `make demo`, or `reflex run` here."""

from billing_ui.portal_config import portal_config

config = portal_config()
