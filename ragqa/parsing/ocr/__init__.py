"""Text out of pictures: pages that are scans are recognised, and come out as the spans that a PDF's own text comes out as."""
