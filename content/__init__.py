"""Everything about content: archives, catalogue, search, builder, store; no web, no root."""
