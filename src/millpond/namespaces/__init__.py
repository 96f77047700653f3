"""The public modules that only gather names: `tf.math`, `tf.random`, `tf.linalg`, `tf.initializers`, ..."""
