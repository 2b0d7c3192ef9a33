"""Files on disk to an index: find them, plan what changed, read, chunk, embed and commit."""
