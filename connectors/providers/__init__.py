"""One file per newsletter tool; the registry alone knows the list."""
