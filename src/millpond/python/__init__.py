"""Old programs import from `tensorflow.python`; what they take from there is here under the same path."""
