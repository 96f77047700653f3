"""TensorFlow 1 by its own name: the modules (`tree.py`), how `import` finds them (`installing.py`), and the runner."""
