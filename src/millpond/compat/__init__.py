"""`tf.compat`: names for programs that know several releases, and names of the releases before 1.0."""

from millpond.public.modules import publish

publish(__name__)
