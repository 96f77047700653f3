"""Recurrent networks: cells, which are one step of one, and loops over them."""
