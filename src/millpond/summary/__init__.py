"""`tf.summary`: what a program tells TensorBoard."""

from millpond.public.modules import publish

publish(__name__)
