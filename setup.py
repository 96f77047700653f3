"""What `pyproject.toml` cannot say: the handlers for oneDNN are built where there is a C++ compiler for them."""

import platform
import sys

from setuptools import Extension, setup

FOLDER = "src/millpond/compiler/native"

# Without a compiler the installation goes on, and XLA computes what oneDNN would.
HANDLERS = Extension("millpond.compiler._onednn", [f"{FOLDER}/onednn.cc"], depends=[f"{FOLDER}/xla_call.h"],
                     language="c++", extra_compile_args=["-std=c++17"], libraries=["dl"], optional=True)

setup(ext_modules=[HANDLERS] if sys.platform == "linux" and platform.machine() == "x86_64" else [])
