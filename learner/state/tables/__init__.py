"""The tables of the store: what each keeps, and what is asked of it."""
