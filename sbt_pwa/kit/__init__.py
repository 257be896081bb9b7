"""Floor 0: tools that know nothing of workers. Imports nothing of ours."""
