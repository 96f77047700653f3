"""Images: resizing, turning and cutting, colours, boxes, and files of pictures."""
