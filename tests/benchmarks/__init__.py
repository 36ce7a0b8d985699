"""The figures: ``uv run poe bench`` prints them as a table, medians of five."""
