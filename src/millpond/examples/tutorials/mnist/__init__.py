"""The MNIST tutorial: `from millpond.examples.tutorials.mnist import input_data`."""

from millpond.public.modules import publish

publish(__name__)
