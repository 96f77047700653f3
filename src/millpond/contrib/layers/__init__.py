"""What of `tf.contrib.layers` tf-slim does not have."""

from millpond.public.modules import publish

publish(__name__)
