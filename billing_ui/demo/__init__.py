"""The demo: three made-up customers, a switcher between them, and real things to try. Loaded only with `BILLING_DEMO=1`."""
