"""`tf.losses`: losses that are weighted, reduced, and collected in the graph."""

from millpond.public.modules import publish

publish(__name__)
