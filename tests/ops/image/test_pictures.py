"""Files of pictures, read and written; Pillow makes and reads what they are compared with."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from op_case import integers
from PIL import Image

import millpond as tf
from millpond.ops.image import png

COVERS = {"DecodeJpeg", "DecodeAndCropJpeg", "DecodePng", "DecodeBmp", "DecodeGif", "DecodeImage", "EncodeJpeg",
          "EncodePng", "ExtractJpegShape"}

COLORS = integers(6, 9, 3, low=0, high=256, dtype=np.uint8)
SMOOTH = np.stack(np.meshgrid(np.arange(0, 240, 10), np.arange(0, 160, 10)) * 2, -1)[..., :3].astype(np.uint8)


def file_of(pixels, kind, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def run(build):
    with tf.Graph().as_default(), tf.Session() as sess:
        return sess.run(build())


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_png_gives_back_what_was_written(channels, dtype) -> None:
    pixels = integers(5, 7, channels, low=0, high=np.iinfo(dtype).max + 1, dtype=np.int64).astype(dtype)
    got, again = run(lambda: [tf.image.decode_png(file := tf.image.encode_png(pixels), dtype=dtype),
                              tf.image.decode_image(file)])
    np.testing.assert_array_equal(got, pixels)
    np.testing.assert_array_equal(again, pixels >> 8 if dtype is np.uint16 else pixels)


def test_other_programs_read_our_png_files() -> None:
    with Image.open(io.BytesIO(run(lambda: tf.image.encode_png(COLORS)))) as picture:
        np.testing.assert_array_equal(np.asarray(picture), COLORS)


@pytest.mark.parametrize("filter", range(5))
def test_every_filter_of_png_rows_is_undone(filter) -> None:
    pixels = integers(4, 3, 3, low=0, high=65536, dtype=np.int64).astype(np.uint16)
    rows = pixels.astype(">u2").view(np.uint8).reshape(4, 18).astype(int)
    left, above = np.pad(rows, ((0, 0), (6, 0)))[:, :-6], np.pad(rows, ((1, 0), (0, 0)))[:-1]
    corner = np.pad(rows, ((1, 0), (6, 0)))[:-1, :-6]
    nearest = np.stack([left, above, corner])
    paeth = np.take_along_axis(nearest, np.abs(nearest - (left + above - corner)).argmin(0)[None], 0)[0]
    guess = [0 * rows, left, above, (left + above) // 2, paeth][filter]
    lines = np.pad((rows - guess) % 256, ((0, 0), (1, 0)), constant_values=filter).astype(np.uint8)
    contents = png.encode(pixels, -1)
    start = contents.index(b"IDAT") - 4
    data = zlib.compress(lines.tobytes())
    contents = contents[:start] + struct.pack(">I", len(data)) + b"IDAT" + data + b"\0\0\0\0" + contents[-12:]
    np.testing.assert_array_equal(run(lambda: tf.image.decode_png(contents, dtype=tf.uint16)), pixels)


def test_jpeg_files_are_read_whole_smaller_grey_and_in_part() -> None:
    contents = file_of(SMOOTH, "JPEG", quality=95)
    whole, half, gray, part, shape = run(lambda: [
        tf.image.decode_jpeg(contents), tf.image.decode_jpeg(contents, ratio=2),
        tf.image.decode_jpeg(contents, channels=1), tf.image.decode_and_crop_jpeg(contents, [3, 5, 7, 9]),
        tf.image.extract_jpeg_shape(contents, tf.int64)])
    np.testing.assert_allclose(whole.astype(int), SMOOTH, atol=40)
    assert half.shape == (8, 12, 3) and gray.shape == (16, 24, 1) and shape.tolist() == [16, 24, 3]
    np.testing.assert_array_equal(part, whole[3:10, 5:14])


@pytest.mark.parametrize("ratio", [2, 4, 8])
@pytest.mark.parametrize("size", [(1, 1), (3, 9), (15, 7), (17, 33)])
def test_smaller_sizes_are_rounded_up(ratio, size) -> None:
    contents = file_of(np.zeros((*size, 3), np.uint8), "JPEG")
    got = run(lambda: tf.image.decode_jpeg(contents, ratio=ratio))
    assert got.shape == (-(-size[0] // ratio), -(-size[1] // ratio), 3)


def test_jpeg_files_are_written() -> None:
    contents, gray = run(lambda: [tf.image.encode_jpeg(SMOOTH, quality=100, density_unit="cm", x_density=100),
                                  tf.image.encode_jpeg(SMOOTH[..., :1], format="grayscale", progressive=True)])
    with Image.open(io.BytesIO(contents)) as picture:
        assert picture.format == "JPEG" and picture.size == (24, 16) and picture.info["dpi"][0] == 254
    with Image.open(io.BytesIO(gray)) as picture:
        assert picture.mode == "L" and picture.info["progressive"]
    assert run(lambda: tf.image.is_jpeg([contents, b"BM"])).tolist() == [True, False]


def test_gif_files_are_films() -> None:
    frames = [Image.fromarray(np.full((4, 5, 3), value, np.uint8)) for value in (0, 128, 255)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    film, any_, first = run(lambda: [tf.image.decode_gif(file.getvalue()), tf.image.decode_image(file.getvalue()),
                                     tf.image.decode_image(file.getvalue(), expand_animations=False)])
    assert film.shape == (3, 4, 5, 3) and film[:, 0, 0, 0].tolist() == [0, 128, 255]
    np.testing.assert_array_equal(any_, film)
    np.testing.assert_array_equal(first, film[0])


def test_bmp_files_and_scaled_dtypes() -> None:
    contents = file_of(COLORS, "BMP")
    got, floats = run(lambda: [tf.image.decode_bmp(contents), tf.image.decode_image(contents, dtype=tf.float32)])
    np.testing.assert_array_equal(got, COLORS)
    np.testing.assert_allclose(floats, COLORS / 255, rtol=1e-6)


def test_grey_levels_of_a_colour_png() -> None:
    """TensorFlow's numbers for these pixels."""
    pixels = np.uint8([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50]]])
    got = run(lambda: tf.image.decode_png(file_of(pixels, "PNG"), channels=1))
    np.testing.assert_array_equal(got[0, :, 0], [76, 149, 29, 124])


def test_palettes_become_colours() -> None:
    contents = io.BytesIO()
    Image.fromarray(COLORS).quantize(8).save(contents, "PNG")
    with Image.open(contents) as picture:
        np.testing.assert_array_equal(run(lambda: tf.image.decode_png(contents.getvalue())), picture.convert("RGB"))


@pytest.mark.parametrize("build, words", [
    (lambda good: tf.image.decode_jpeg(good, channels=4), "channels must be one of"),
    (lambda good: tf.image.decode_bmp(good), "Expected a file of BMP"),
    (lambda good: tf.image.decode_png("not a png"), "unknown image file format"),
    (lambda good: tf.image.decode_image(b""), "unknown image file format"),
    (lambda good: tf.image.decode_jpeg(good[:300]), "Invalid JPEG data"),
    (lambda good: tf.image.decode_and_crop_jpeg(good, [0, 0, 99, 2]), "crop window"),
    (lambda good: tf.image.encode_jpeg(tf.zeros([4, 4, 2], tf.uint8)), "channels in"),
])
def test_bytes_that_are_no_picture_fail_when_run(build, words) -> None:
    good = file_of(integers(64, 64, 3, low=0, high=256, dtype=np.uint8), "JPEG")
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        run(lambda: build(good))


def test_wrong_arguments_fail_when_the_graph_is_built() -> None:
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="channels must be 0, 1, 3, or 4"):
            tf.image.decode_png("", channels=5)
        with pytest.raises(ValueError, match="ratio must be"):
            tf.image.decode_jpeg("", ratio=3)
