"""Pages read by learned code, or by a teacher, and recorded."""
