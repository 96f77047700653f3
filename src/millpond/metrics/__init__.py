"""`tf.metrics`: measures that are gathered over many batches in local variables."""

from millpond.public.modules import publish

publish(__name__)
