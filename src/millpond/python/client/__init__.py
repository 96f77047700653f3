"""The part of `tensorflow.python.client` that programs use."""
