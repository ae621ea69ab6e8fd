"""Ring 2: decides through ports. No web, HTTP or database library."""
