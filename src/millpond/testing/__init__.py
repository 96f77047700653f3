"""What tests of TensorFlow programs use: `tf.test`, which imports this package when it is first used."""
