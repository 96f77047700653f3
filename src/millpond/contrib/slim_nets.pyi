"""`tf.contrib.slim.nets`: models of images: AlexNet, VGG, Inception, ResNet."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat.packages.tf_slim.nets import (
    alexnet,
    inception,
    inception_v1,
    inception_v2,
    inception_v3,
    overfeat,
    resnet_utils,
    resnet_v1,
    resnet_v2,
    vgg,
)

__all__ = [
    "alexnet",
    "inception",
    "inception_v1",
    "inception_v2",
    "inception_v3",
    "overfeat",
    "resnet_utils",
    "resnet_v1",
    "resnet_v2",
    "vgg",
]
