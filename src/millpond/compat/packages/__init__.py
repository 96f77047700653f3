"""Packages that were written for TensorFlow 1 and that others publish, run over Millpond.

`millpond.compat.packages.tf_slim` is the package `tf_slim` as pip installs it, except that what it imports under the
name `tensorflow` are our modules (`loader.py`). Its modules have names below this one, so that the real TensorFlow and
a `tf_slim` of its own can live in the same process. `kept.py` says which packages these are and what each needs.
"""

from millpond.compat.packages import loader

loader.install()
