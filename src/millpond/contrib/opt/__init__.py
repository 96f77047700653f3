"""`tf.contrib.opt`: optimizers beside those of `tf.train`."""

from millpond.public.modules import publish

publish(__name__)
