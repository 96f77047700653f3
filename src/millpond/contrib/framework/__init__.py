"""`tf.contrib.framework`: global steps, checkpoints, checks of shapes, nested structures, deprecation."""

from millpond.public.modules import publish

publish(__name__)
