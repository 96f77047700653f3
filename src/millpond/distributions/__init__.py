"""`tf.distributions` and `tf.contrib.distributions`: probability distributions as parts of a graph."""

from millpond.public.modules import publish

publish(__name__)
