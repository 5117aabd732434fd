"""Make ZIM archives from folders of documents, ebooks, recordings and pictures."""
