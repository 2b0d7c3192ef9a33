"""The web page: ask, read where it stands in the manual, judge; and the library. Rendered on the server."""
