"""The tutorial modules that TensorFlow 1 programs import, under TensorFlow's paths."""

from millpond.public.modules import publish

publish(__name__)
