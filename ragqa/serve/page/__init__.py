"""The web page: ask, read where it stands in the manual, judge; and the library. Rendered here, with a little JavaScript beside it."""
