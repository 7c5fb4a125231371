"""In what other forms a page may show a value, or a field's values."""
