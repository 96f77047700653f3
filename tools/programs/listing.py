"""Which packages are run, and what of each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A package that was written for TensorFlow 1.

    Attributes:
      name: What `make programs` calls it, and the table.
      requirements: What is installed, without what that in turn requires (it would bring TensorFlow).
      package: The name that it is imported by.
      tests: Whether its own tests are run, which are its files `*_test.py`; else its modules are imported.
      beside: What else its tests or modules import; installed with what that requires.
      inside: Tests of what is inside of TensorFlow, by a part of their name, and why they are no use here.
    """

    name: str
    requirements: tuple[str, ...]
    package: str
    tests: bool = False
    beside: tuple[str, ...] = ()
    inside: tuple[tuple[str, str], ...] = ()


PROGRAMS = (
    Program("tf-slim 1.1.0", ("tf-slim==1.1.0",), "tf_slim", tests=True, beside=("pynose",)),
    Program("tensorflow-estimator 1.15.1", ("tensorflow-estimator==1.15.1",), "tensorflow_estimator"),
    Program("Keras 2.2.5", ("Keras==2.2.5", "Keras-Applications==1.0.8", "Keras-Preprocessing==1.1.2"), "keras",
            beside=("h5py", "pyyaml", "scipy")),
    Program("trfl 1.2.0", ("trfl==1.2.0", "tensorflow-probability==0.5.0"), "trfl", tests=True,
            beside=("wrapt", "dm-tree", "decorator", "cloudpickle")),
    Program("bert-tensorflow 1.0.4", ("bert-tensorflow==1.0.4",), "bert", tests=True),
    Program("dm-sonnet 1.36", ("dm-sonnet==1.36", "tensorflow-probability==0.5.0"), "sonnet",
            beside=("semantic-version", "contextlib2", "wrapt", "decorator", "cloudpickle")),
    Program("tensorflow-hub 0.7.0", ("tensorflow-hub==0.7.0",), "tensorflow_hub"),
    Program("tensorflow-probability 0.8.0", ("tensorflow-probability==0.8.0",), "tensorflow_probability",
            beside=("decorator", "cloudpickle")),
    Program("tflearn 0.5.0", ("tflearn==0.5.0",), "tflearn"),
    Program("edward 1.3.5", ("edward==1.3.5",), "edward"),
    Program("stable-baselines 2.10.1", ("stable-baselines==2.10.1",), "stable_baselines",
            beside=("gym==0.21.0", "cloudpickle", "joblib", "pandas", "matplotlib")),
)
