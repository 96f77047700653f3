"""Programs that a newcomer runs first, and the small data sets that they need.

They are TensorFlow 1 programs; `import millpond as tf` is the only line that differs. Nothing of the
framework imports this package.
"""

from millpond.public.modules import publish

publish(__name__)
