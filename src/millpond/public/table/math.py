"""Mathematics and linear algebra: see the package's docstring for the form."""

NAMES = {
    "millpond.ops.linalg.contraction": """
        einsum     tf.einsum tf.linalg.einsum
        tensordot  tf.tensordot tf.linalg.tensordot
    """,
    "millpond.ops.linalg.decompositions": """
        lu                    tf.linalg.lu
        matrix_exponential    tf.linalg.expm
        matrix_logarithm      tf.linalg.logm
        matrix_rank           tf.linalg.matrix_rank
        matrix_square_root    tf.matrix_square_root tf.linalg.sqrtm
        pinv                  tf.linalg.pinv
        qr                    tf.qr tf.linalg.qr
        self_adjoint_eig      tf.batch_self_adjoint_eig tf.self_adjoint_eig tf.linalg.eigh
        self_adjoint_eigvals  tf.self_adjoint_eigvals tf.linalg.eigvalsh tf.batch_self_adjoint_eigvals
        svd                   tf.batch_svd tf.svd tf.linalg.svd
    """,
    "millpond.ops.linalg.linear_solve": """
        cholesky                 tf.batch_cholesky tf.cholesky tf.linalg.cholesky
        cholesky_solve           tf.batch_cholesky_solve tf.cholesky_solve tf.linalg.cholesky_solve
        logdet                   tf.linalg.logdet
        matrix_determinant       tf.batch_matrix_determinant tf.matrix_determinant tf.linalg.det
        matrix_inverse           tf.batch_matrix_inverse tf.matrix_inverse tf.linalg.inv
        matrix_solve             tf.batch_matrix_solve tf.matrix_solve tf.linalg.solve
        matrix_solve_ls          tf.batch_matrix_solve_ls tf.matrix_solve_ls tf.linalg.lstsq
        matrix_triangular_solve  tf.batch_matrix_triangular_solve tf.matrix_triangular_solve
                                 tf.linalg.triangular_solve
        slogdet                  tf.linalg.slogdet
        tridiagonal_solve        tf.linalg.tridiagonal_solve
    """,
    "millpond.ops.linalg.matrix": """
        batch_matmul   tf.batch_matmul
        matmul         tf.matmul tf.linalg.matmul
        sparse_matmul  tf.sparse_matmul
    """,
    "millpond.ops.linalg.matrix_functions": """
        adjoint  tf.linalg.adjoint
        cross    tf.cross tf.linalg.cross
        matvec   tf.linalg.matvec
        trace    tf.trace tf.linalg.trace
    """,
    "millpond.ops.linalg.matrix_parts": """
        diag              tf.diag tf.linalg.tensor_diag
        diag_part         tf.diag_part tf.linalg.tensor_diag_part
        matrix_band_part  tf.matrix_band_part tf.linalg.band_part tf.batch_matrix_band_part
        matrix_diag       tf.matrix_diag tf.linalg.diag tf.batch_matrix_diag
        matrix_diag_part  tf.matrix_diag_part tf.linalg.diag_part tf.batch_matrix_diag_part
        matrix_set_diag   tf.matrix_set_diag tf.linalg.set_diag tf.batch_matrix_set_diag
    """,
    "millpond.ops.linalg.norms": """
        norm  tf.norm tf.linalg.norm
    """,
    "millpond.ops.math.add_n": """
        accumulate_n  tf.accumulate_n tf.math.accumulate_n
        add_n         tf.add_n tf.math.add_n
    """,
    "millpond.ops.math.arg_extremes": """
        arg_max  tf.arg_max
        arg_min  tf.arg_min
        argmax   tf.argmax tf.math.argmax
        argmin   tf.argmin tf.math.argmin
    """,
    "millpond.ops.math.arithmetic": """
        add                 tf.add tf.math.add
        atan2               tf.atan2 tf.math.atan2
        maximum             tf.maximum tf.math.maximum
        minimum             tf.minimum tf.math.minimum
        multiply            tf.mul tf.multiply tf.math.multiply
        multiply_no_nan     tf.math.multiply_no_nan
        nextafter           tf.math.nextafter
        pow                 tf.pow tf.math.pow
        scalar_mul          tf.scalar_mul tf.math.scalar_mul
        squared_difference  tf.squared_difference tf.math.squared_difference
        subtract            tf.sub tf.subtract tf.math.subtract
        xlog1py             tf.math.xlog1py
        xlogy               tf.math.xlogy
    """,
    "millpond.ops.math.bitwise": """
        bitwise_and       tf.bitwise.bitwise_and
        bitwise_or        tf.bitwise.bitwise_or
        bitwise_xor       tf.bitwise.bitwise_xor
        invert            tf.bitwise.invert
        left_shift        tf.bitwise.left_shift
        population_count  tf.bitwise.population_count
        right_shift       tf.bitwise.right_shift
    """,
    "millpond.ops.math.cast": """
        bitcast        tf.bitcast
        cast           tf.cast tf.dtypes.cast
        saturate_cast  tf.saturate_cast tf.dtypes.saturate_cast
        to_bfloat16    tf.to_bfloat16
        to_complex128  tf.to_complex128
        to_complex64   tf.to_complex64
        to_double      tf.to_double
        to_float       tf.to_float
        to_int32       tf.to_int32
        to_int64       tf.to_int64
    """,
    "millpond.ops.math.clip": """
        clip_by_average_norm  tf.clip_by_average_norm
        clip_by_global_norm   tf.clip_by_global_norm
        clip_by_norm          tf.clip_by_norm
        clip_by_value         tf.clip_by_value
        global_norm           tf.global_norm tf.linalg.global_norm
    """,
    "millpond.ops.math.comparison": """
        approximate_equal  tf.math.approximate_equal
        equal              tf.equal tf.math.equal
        greater            tf.greater tf.math.greater
        greater_equal      tf.greater_equal tf.math.greater_equal
        less               tf.less tf.math.less
        less_equal         tf.less_equal tf.math.less_equal
        logical_and        tf.logical_and tf.math.logical_and
        logical_not        tf.logical_not tf.math.logical_not
        logical_or         tf.logical_or tf.math.logical_or
        logical_xor        tf.logical_xor tf.math.logical_xor
        not_equal          tf.not_equal tf.math.not_equal
        where              tf.where tf.select
        where_v2           tf.where_v2
    """,
    "millpond.ops.math.complex_numbers": """
        angle    tf.angle tf.math.angle
        complex  tf.complex tf.dtypes.complex tf.math.complex
        conj     tf.conj tf.math.conj
        imag     tf.imag tf.math.imag
        real     tf.real tf.math.real
    """,
    "millpond.ops.math.counting": """
        bincount                    tf.bincount tf.math.bincount
        confusion_matrix            tf.confusion_matrix tf.math.confusion_matrix
        histogram_fixed_width       tf.histogram_fixed_width
        histogram_fixed_width_bins  tf.histogram_fixed_width_bins
        is_non_decreasing           tf.is_non_decreasing tf.debugging.is_non_decreasing tf.math.is_non_decreasing
        is_strictly_increasing      tf.is_strictly_increasing tf.debugging.is_strictly_increasing
                                    tf.math.is_strictly_increasing
    """,
    "millpond.ops.math.division": """
        div          tf.div
        div_no_nan   tf.div_no_nan tf.math.divide_no_nan
        divide       tf.divide tf.math.divide
        floor_div    tf.floor_div
        floordiv     tf.floordiv tf.math.floordiv
        floormod     tf.floormod tf.math.floormod
        mod          tf.mod tf.math.mod
        realdiv      tf.realdiv
        truediv      tf.truediv tf.math.truediv
        truncatediv  tf.truncatediv
        truncatemod  tf.truncatemod
        xdivy        tf.math.xdivy
    """,
    "millpond.ops.math.elementwise": """
        abs          tf.abs tf.math.abs tf.complex_abs
        ceil         tf.ceil tf.math.ceil
        exp          tf.exp tf.math.exp
        expm1        tf.expm1 tf.math.expm1
        floor        tf.floor tf.math.floor
        inv          tf.inv
        is_finite    tf.is_finite tf.debugging.is_finite tf.math.is_finite
        is_inf       tf.is_inf tf.debugging.is_inf tf.math.is_inf
        is_nan       tf.is_nan tf.debugging.is_nan tf.math.is_nan
        log          tf.log tf.math.log
        log1p        tf.log1p tf.math.log1p
        log_sigmoid  tf.log_sigmoid tf.math.log_sigmoid
        negative     tf.neg tf.negative tf.math.negative
        reciprocal   tf.reciprocal tf.math.reciprocal
        rint         tf.rint tf.math.rint
        round        tf.round tf.math.round
        rsqrt        tf.rsqrt tf.math.rsqrt
        sigmoid      tf.sigmoid tf.math.sigmoid tf.nn.sigmoid
        sign         tf.sign tf.math.sign
        sqrt         tf.sqrt tf.math.sqrt
        square       tf.square tf.math.square
    """,
    "millpond.ops.math.reduction": """
        reduce_all             tf.reduce_all tf.math.reduce_all
        reduce_any             tf.reduce_any tf.math.reduce_any
        reduce_euclidean_norm  tf.math.reduce_euclidean_norm
        reduce_max             tf.reduce_max tf.math.reduce_max
        reduce_mean            tf.reduce_mean tf.math.reduce_mean
        reduce_min             tf.reduce_min tf.math.reduce_min
        reduce_prod            tf.reduce_prod tf.math.reduce_prod
        reduce_sum             tf.reduce_sum tf.math.reduce_sum
    """,
    "millpond.ops.math.reduction_composites": """
        count_nonzero     tf.count_nonzero tf.math.count_nonzero
        reduce_logsumexp  tf.reduce_logsumexp tf.math.reduce_logsumexp
        reduce_std        tf.math.reduce_std
        reduce_variance   tf.math.reduce_variance
    """,
    "millpond.ops.math.scan": """
        cumprod               tf.cumprod tf.math.cumprod
        cumsum                tf.cumsum tf.math.cumsum
        cumulative_logsumexp  tf.math.cumulative_logsumexp
    """,
    "millpond.ops.math.segment": """
        segment_max              tf.segment_max tf.math.segment_max
        segment_mean             tf.segment_mean tf.math.segment_mean
        segment_min              tf.segment_min tf.math.segment_min
        segment_prod             tf.segment_prod tf.math.segment_prod
        segment_sum              tf.segment_sum tf.math.segment_sum
        unsorted_segment_max     tf.unsorted_segment_max tf.math.unsorted_segment_max
        unsorted_segment_mean    tf.unsorted_segment_mean tf.math.unsorted_segment_mean
        unsorted_segment_min     tf.unsorted_segment_min tf.math.unsorted_segment_min
        unsorted_segment_prod    tf.unsorted_segment_prod tf.math.unsorted_segment_prod
        unsorted_segment_sqrt_n  tf.unsorted_segment_sqrt_n tf.math.unsorted_segment_sqrt_n
        unsorted_segment_sum     tf.unsorted_segment_sum tf.math.unsorted_segment_sum
    """,
    "millpond.ops.math.sequences": """
        repeat            tf.repeat
        reverse           tf.reverse tf.reverse_v2 tf.manip.reverse
        reverse_sequence  tf.reverse_sequence
        roll              tf.roll tf.manip.roll
        sequence_mask     tf.sequence_mask
    """,
    "millpond.ops.math.sorting": """
        argsort       tf.argsort
        in_top_k      tf.math.in_top_k tf.nn.in_top_k
        searchsorted  tf.searchsorted
        sort          tf.sort
        top_k         tf.math.top_k tf.nn.top_k
    """,
    "millpond.ops.math.sparse_segment": """
        sparse_segment_mean    tf.sparse_segment_mean tf.sparse.segment_mean
        sparse_segment_sqrt_n  tf.sparse_segment_sqrt_n tf.sparse.segment_sqrt_n
        sparse_segment_sum     tf.sparse_segment_sum tf.sparse.segment_sum
    """,
    "millpond.ops.math.special": """
        bessel_i0   tf.math.bessel_i0
        bessel_i0e  tf.math.bessel_i0e
        bessel_i1   tf.math.bessel_i1
        bessel_i1e  tf.math.bessel_i1e
        betainc     tf.betainc tf.math.betainc
        digamma     tf.digamma tf.math.digamma
        erf         tf.erf tf.math.erf
        erfc        tf.erfc tf.math.erfc
        erfcinv     tf.math.erfcinv
        erfinv      tf.math.erfinv
        igamma      tf.igamma tf.math.igamma
        igammac     tf.igammac tf.math.igammac
        lbeta       tf.lbeta tf.math.lbeta
        lgamma      tf.lgamma tf.math.lgamma
        ndtri       tf.math.ndtri
        polygamma   tf.polygamma tf.math.polygamma
        polyval     tf.math.polyval
        zeta        tf.zeta tf.math.zeta
    """,
    "millpond.ops.math.trigonometry": """
        acos   tf.acos tf.math.acos
        acosh  tf.acosh tf.math.acosh
        asin   tf.asin tf.math.asin
        asinh  tf.asinh tf.math.asinh
        atan   tf.atan tf.math.atan
        atanh  tf.atanh tf.math.atanh
        cos    tf.cos tf.math.cos
        cosh   tf.cosh tf.math.cosh
        sin    tf.sin tf.math.sin
        sinh   tf.sinh tf.math.sinh
        tan    tf.tan tf.math.tan
        tanh   tf.tanh tf.math.tanh tf.nn.tanh
    """,
}
