"""Floor 1: what things are. Imports kit only and knows no request."""
