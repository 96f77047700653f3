"""`tf.version`: the interface is TensorFlow 1.15's, and programs ask for its version."""

VERSION = "1.15.0"
GIT_VERSION = "millpond"
