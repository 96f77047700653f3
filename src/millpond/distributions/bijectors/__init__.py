"""Invertible functions of random variables: `tf.contrib.distributions.bijectors`."""
