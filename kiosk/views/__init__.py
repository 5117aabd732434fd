"""One blueprint a subject: routes to templates."""
