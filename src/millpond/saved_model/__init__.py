"""`tf.saved_model`: a model as a folder of files, for programs that did not make it. Names only."""

from millpond.public.modules import publish

publish(__name__)
