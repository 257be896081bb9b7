"""The figures of the README's table, one script for each. `python -m bench` runs them all."""
