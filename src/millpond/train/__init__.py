"""`tf.train`: everything around the training of a model. Names only."""

from millpond.public.modules import publish

publish(__name__)
