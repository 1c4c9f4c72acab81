"""What Python imports before anything else in the processes that the tests start, their folder being on the path.

An app's pages are made of some hundred thousand objects that all stay: to look through them again and again for garbage takes a
fifth of the time of a build.
"""

import gc

gc.set_threshold(50_000)
