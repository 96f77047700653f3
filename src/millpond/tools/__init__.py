"""What is run from a shell: the `millpond` command."""
