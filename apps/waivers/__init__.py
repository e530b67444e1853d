"""Going without an item: somebody asks, others approve, anybody concerned ends it, and it ends by itself."""
