"""htmx: knows whether a request came from it. Pages never need to ask; the few fragments do."""

from flask_htmx import HTMX

htmx = HTMX()
