"""Is this reading point well? One check per file, each with a finding and a fix in plain words."""
