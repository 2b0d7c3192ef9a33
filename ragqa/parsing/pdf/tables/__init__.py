"""Tables of a PDF page: those that rules draw, and those whose cells only stand in columns."""
