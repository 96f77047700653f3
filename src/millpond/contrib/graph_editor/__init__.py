"""`tf.contrib.graph_editor`: parts of graphs that are selected, copied, and connected anew."""

from millpond.public.modules import publish

publish(__name__)
