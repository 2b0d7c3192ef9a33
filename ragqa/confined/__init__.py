"""Strangers' files are read in processes of their own: limited in time and memory, without a network. Only data comes back."""
