"""The HTTP face: an API for help desks and scripts, and what mounts beside it. Needs the extra `ragqa[serve]`."""
