"""How the callbacks of any spider yield, and what of it stands on the page."""
