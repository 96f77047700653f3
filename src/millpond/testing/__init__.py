"""What tests of TensorFlow programs use: `tf.test`. Imported by the first use of `tf.test`, not by `import millpond`."""
