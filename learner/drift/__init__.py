"""Whether pages are still what was learned from."""
