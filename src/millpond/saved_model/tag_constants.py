"""Tags of the graphs in a SavedModel."""

from millpond.public.modules import publish

publish(__name__)

SERVING = "serve"
TRAINING = "train"
GPU = "gpu"
TPU = "tpu"
