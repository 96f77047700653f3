"""`tf.contrib`: what was not part of TensorFlow's core, as far as it is our own; a module a file."""

from millpond.public.modules import publish

publish(__name__)
