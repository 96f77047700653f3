"""The MNIST tutorial: `from millpond.examples.tutorials.mnist import input_data`."""
