"""Read ZIM archives, ours and those of others, and check them before they are used."""
