"""Indexes that stay in step with folders, and with documents elsewhere: what is added, changed, renamed or deleted follows."""
