"""Notebooks as programs: `millpond run analysis.ipynb` runs the cells, with or without Jupyter installed."""
