"""`docs/components.md` and `docs/engine.md`, made from the signatures and docstrings of the public names, the labels and the
stylesheet.

`make reference` writes them; a test says when one is no longer what would be written.
"""
