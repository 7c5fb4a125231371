"""A page, what may be a value on it, and values themselves."""
