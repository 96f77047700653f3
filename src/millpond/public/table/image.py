"""Images: see the package's docstring for the form."""

NAMES = {
    "millpond.ops.image.color_ops": """
        hsv_to_rgb  tf.image.hsv_to_rgb
        rgb_to_hsv  tf.image.rgb_to_hsv
    """,
    "millpond.ops.image.color_spaces": """
        rgb_to_yiq  tf.image.rgb_to_yiq
        rgb_to_yuv  tf.image.rgb_to_yuv
        yiq_to_rgb  tf.image.yiq_to_rgb
        yuv_to_rgb  tf.image.yuv_to_rgb
    """,
    "millpond.ops.image.colors": """
        adjust_brightness          tf.image.adjust_brightness
        adjust_contrast            tf.image.adjust_contrast
        adjust_gamma               tf.image.adjust_gamma
        adjust_hue                 tf.image.adjust_hue
        adjust_saturation          tf.image.adjust_saturation
        convert_image_dtype        tf.image.convert_image_dtype
        grayscale_to_rgb           tf.image.grayscale_to_rgb
        per_image_standardization  tf.image.per_image_standardization tf.image.per_image_whitening
        random_brightness          tf.image.random_brightness
        random_contrast            tf.image.random_contrast
        random_hue                 tf.image.random_hue
        random_saturation          tf.image.random_saturation
        rgb_to_grayscale           tf.image.rgb_to_grayscale
    """,
    "millpond.ops.image.geometry": """
        central_crop                   tf.image.central_crop
        crop_to_bounding_box           tf.image.crop_to_bounding_box
        flip_left_right                tf.image.flip_left_right
        flip_up_down                   tf.image.flip_up_down
        pad_to_bounding_box            tf.image.pad_to_bounding_box
        random_flip_left_right         tf.image.random_flip_left_right
        random_flip_up_down            tf.image.random_flip_up_down
        resize_image_with_crop_or_pad  tf.image.resize_image_with_crop_or_pad tf.image.resize_with_crop_or_pad
        rot90                          tf.image.rot90
        transpose_image                tf.image.transpose_image tf.image.transpose
    """,
    "millpond.ops.image.pictures": """
        decode_and_crop_jpeg  tf.image.decode_and_crop_jpeg tf.io.decode_and_crop_jpeg
        decode_bmp            tf.image.decode_bmp tf.io.decode_bmp
        decode_gif            tf.image.decode_gif tf.io.decode_gif
        decode_image          tf.image.decode_image tf.io.decode_image
        decode_jpeg           tf.image.decode_jpeg tf.io.decode_jpeg
        decode_png            tf.image.decode_png tf.io.decode_png
        encode_jpeg           tf.image.encode_jpeg tf.io.encode_jpeg
        encode_png            tf.image.encode_png
        extract_jpeg_shape    tf.image.extract_jpeg_shape tf.io.extract_jpeg_shape
        is_jpeg               tf.image.is_jpeg tf.io.is_jpeg
    """,
    "millpond.ops.image.quality": """
        image_gradients  tf.image.image_gradients
        psnr             tf.image.psnr
        total_variation  tf.image.total_variation
    """,
    "millpond.ops.image.suppression": """
        non_max_suppression  tf.image.non_max_suppression
    """,
    "millpond.ops.image.resize_ops": """
        resize_area              tf.image.resize_area
        resize_bicubic           tf.image.resize_bicubic
        resize_bilinear          tf.image.resize_bilinear
        resize_nearest_neighbor  tf.image.resize_nearest_neighbor
    """,
    "millpond.ops.image.resizing": """
        ResizeMethod   tf.image.ResizeMethod
        resize_images  tf.image.resize_images tf.image.resize
    """,
    "millpond.ops.random.random_ops": """
        random_crop  tf.image.random_crop
    """,
    "millpond.ops.nn.image_patches": """
        extract_image_patches  tf.image.extract_image_patches tf.image.extract_patches
    """,
}
