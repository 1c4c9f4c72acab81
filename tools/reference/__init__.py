"""`docs/components.md`, made from the signatures and docstrings of the public names, the labels and the stylesheet.

`make reference` writes it; a test says when it is no longer what would be written.
"""
