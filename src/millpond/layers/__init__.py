"""`tf.layers`: parts of networks that keep their variables."""

from millpond.public.modules import publish

publish(__name__)
