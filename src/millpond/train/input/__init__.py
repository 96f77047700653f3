"""Input pipelines of queues and threads: producers of elements, and batches of them."""
