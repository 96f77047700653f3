"""What of `tf.contrib` is our own, and `tf.distributions`: see the package's docstring for the form."""

# What these public modules are for.
ABOUT = {
    "tf.contrib.cluster_resolver": "where the members of a cluster are",
    "tf.contrib.compiler": "parts of a graph that XLA compiles",
    "tf.contrib.compiler.jit": "scopes of what is compiled",
    "tf.contrib.compiler.xla": "functions that are compiled",
    "tf.contrib.crf": "chains of tags that depend on their neighbours",
    "tf.contrib.deprecated": "summaries under the names of releases before 1.0",
    "tf.contrib.distributions": "probability distributions, those of `tf.distributions` and more",
    "tf.contrib.distributions.bijectors": "invertible functions of random variables",
    "tf.contrib.factorization": "k-means",
    "tf.contrib.framework": "global steps, checkpoints, checks of shapes, nested structures",
    "tf.contrib.framework.nest": "lists, tuples and dictionaries of values, in any depth",
    "tf.contrib.graph_editor": "parts of graphs that are selected, copied, and connected anew",
    "tf.contrib.hooks": "hooks of monitored sessions",
    "tf.contrib.integrate": "ordinary differential equations",
    "tf.contrib.learn.preprocessing": "texts as numbers of words",
    "tf.contrib.nn": "functions of `tf.nn` in the form of the first releases",
    "tf.contrib.opt": "optimizers beside those of `tf.train`",
    "tf.contrib.sparsemax": "the projection onto probabilities",
    "tf.contrib.stateless": "random numbers that depend on a seed alone",
    "tf.contrib.tensorboard": "what a program tells plugins of TensorBoard",
    "tf.contrib.tensorboard.plugins": "plugins of TensorBoard",
    "tf.contrib.tensorboard.plugins.projector": "embeddings that TensorBoard shows",
    "tf.contrib.training": "what is around the training of a model",
    "tf.contrib.util": "values and messages of tensors",
    "tf.distributions": "probability distributions",
    "tf.xla": "XLA",
    "tf.xla.experimental": "parts of a graph that XLA compiles",
    "tf.nest": "lists, tuples and dictionaries of values, in any depth",
}

NAMES = {
    "millpond.compat.pre_one": """
        audio_summary        tf.contrib.deprecated.audio_summary
        histogram_summary    tf.contrib.deprecated.histogram_summary
        image_summary        tf.contrib.deprecated.image_summary
        merge_all_summaries  tf.contrib.deprecated.merge_all_summaries
        merge_summary        tf.contrib.deprecated.merge_summary
        scalar_summary       tf.contrib.deprecated.scalar_summary
    """,
    "millpond.compat.tpu": """
        CrossShardOptimizer  tf.contrib.tpu.CrossShardOptimizer
        TPUClusterResolver   tf.contrib.cluster_resolver.TPUClusterResolver
    """,
    "millpond.contrib.clustering": """
        COSINE_DISTANCE             tf.contrib.factorization.COSINE_DISTANCE
        KMC2_INIT                   tf.contrib.factorization.KMC2_INIT
        KMeans                      tf.contrib.factorization.KMeans
        KMEANS_PLUS_PLUS_INIT       tf.contrib.factorization.KMEANS_PLUS_PLUS_INIT
        RANDOM_INIT                 tf.contrib.factorization.RANDOM_INIT
        SQUARED_EUCLIDEAN_DISTANCE  tf.contrib.factorization.SQUARED_EUCLIDEAN_DISTANCE
    """,
    "millpond.contrib.vocabulary": """
        CategoricalVocabulary  tf.contrib.learn.preprocessing.CategoricalVocabulary
        tokenizer              tf.contrib.learn.preprocessing.tokenizer
        VocabularyProcessor    tf.contrib.learn.preprocessing.VocabularyProcessor
    """,
    "millpond.contrib.xla_compilation": """
        compile    tf.xla.experimental.compile tf.contrib.compiler.xla.compile
        jit_scope  tf.xla.experimental.jit_scope tf.contrib.compiler.jit.experimental_jit_scope
    """,
    "millpond.contrib.crf": """
        crf_binary_score             tf.contrib.crf.crf_binary_score
        crf_decode                   tf.contrib.crf.crf_decode
        crf_log_likelihood           tf.contrib.crf.crf_log_likelihood
        crf_log_norm                 tf.contrib.crf.crf_log_norm
        crf_multitag_sequence_score  tf.contrib.crf.crf_multitag_sequence_score
        crf_sequence_score           tf.contrib.crf.crf_sequence_score
        crf_unary_score              tf.contrib.crf.crf_unary_score
        CrfDecodeBackwardRnnCell     tf.contrib.crf.CrfDecodeBackwardRnnCell
        CrfDecodeForwardRnnCell      tf.contrib.crf.CrfDecodeForwardRnnCell
        CrfForwardRnnCell            tf.contrib.crf.CrfForwardRnnCell
        viterbi_decode               tf.contrib.crf.viterbi_decode
    """,
    "millpond.contrib.framework.checks": """
        reduce_sum_n     tf.contrib.framework.reduce_sum_n
        with_same_shape  tf.contrib.framework.with_same_shape
        with_shape       tf.contrib.framework.with_shape
    """,
    "millpond.contrib.framework.deprecation": """
        deprecated             tf.contrib.framework.deprecated
        deprecated_arg_values  tf.contrib.framework.deprecated_arg_values
        deprecated_args        tf.contrib.framework.deprecated_args
    """,
    "millpond.contrib.framework.nest": """
        assert_shallow_structure          tf.contrib.framework.nest.assert_shallow_structure
        flatten_dict_items                tf.contrib.framework.nest.flatten_dict_items
        flatten_with_joined_string_paths  tf.contrib.framework.nest.flatten_with_joined_string_paths
        flatten_with_tuple_paths          tf.contrib.framework.nest.flatten_with_tuple_paths
        map_structure_with_paths          tf.contrib.framework.nest.map_structure_with_paths
        yield_flattened_paths             tf.contrib.framework.nest.yield_flattened_paths
    """,
    "millpond.contrib.graph_editor.reroute": """
        add_control_inputs  tf.contrib.graph_editor.add_control_inputs
        bypass              tf.contrib.graph_editor.bypass
        connect             tf.contrib.graph_editor.connect
        reroute_inputs      tf.contrib.graph_editor.reroute_inputs
        reroute_outputs     tf.contrib.graph_editor.reroute_outputs
        reroute_ts          tf.contrib.graph_editor.reroute_ts
        swap_ts             tf.contrib.graph_editor.swap_ts
    """,
    "millpond.contrib.graph_editor.select": """
        filter_ops                  tf.contrib.graph_editor.filter_ops
        filter_ops_from_regex       tf.contrib.graph_editor.filter_ops_from_regex
        filter_ts                   tf.contrib.graph_editor.filter_ts
        filter_ts_from_regex        tf.contrib.graph_editor.filter_ts_from_regex
        get_backward_walk_ops       tf.contrib.graph_editor.get_backward_walk_ops
        get_consuming_ops           tf.contrib.graph_editor.get_consuming_ops
        get_forward_walk_ops        tf.contrib.graph_editor.get_forward_walk_ops
        get_generating_ops          tf.contrib.graph_editor.get_generating_ops
        get_name_scope_ops          tf.contrib.graph_editor.get_name_scope_ops
        get_ops_ios                 tf.contrib.graph_editor.get_ops_ios
        get_tensors                 tf.contrib.graph_editor.get_tensors
        get_walks_intersection_ops  tf.contrib.graph_editor.get_walks_intersection_ops
        make_list_of_op             tf.contrib.graph_editor.make_list_of_op
        make_list_of_t              tf.contrib.graph_editor.make_list_of_t
        select_ops                  tf.contrib.graph_editor.select_ops
        select_ts                   tf.contrib.graph_editor.select_ts
    """,
    "millpond.contrib.graph_editor.subgraph": """
        sgv           tf.contrib.graph_editor.sgv
        sgv_scope     tf.contrib.graph_editor.sgv_scope
        SubGraphView  tf.contrib.graph_editor.SubGraphView
    """,
    "millpond.contrib.graph_editor.transform": """
        copy                          tf.contrib.graph_editor.copy
        copy_with_input_replacements  tf.contrib.graph_editor.copy_with_input_replacements
        graph_replace                 tf.contrib.graph_editor.graph_replace
        TransformerInfo               tf.contrib.graph_editor.TransformerInfo
    """,
    "millpond.contrib.hparams": """
        HParams       tf.contrib.training.HParams
        parse_values  tf.contrib.training.parse_values
    """,
    "millpond.contrib.integrate": """
        odeint        tf.contrib.integrate.odeint
        odeint_fixed  tf.contrib.integrate.odeint_fixed
    """,
    "millpond.contrib.mode_keys": """
        ModeKeys  tf.contrib.learn.ModeKeys
    """,
    "millpond.contrib.nn_losses": """
        deprecated_flipped_sigmoid_cross_entropy_with_logits
            tf.contrib.nn.deprecated_flipped_sigmoid_cross_entropy_with_logits
        deprecated_flipped_softmax_cross_entropy_with_logits
            tf.contrib.nn.deprecated_flipped_softmax_cross_entropy_with_logits
        deprecated_flipped_sparse_softmax_cross_entropy_with_logits
            tf.contrib.nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits
        scaled_softplus
            tf.contrib.nn.scaled_softplus
    """,
    "millpond.contrib.opt.adam_variants": """
        AdaMaxOptimizer    tf.contrib.opt.AdaMaxOptimizer
        LazyAdamOptimizer  tf.contrib.opt.LazyAdamOptimizer
        NadamOptimizer     tf.contrib.opt.NadamOptimizer
    """,
    "millpond.contrib.opt.external": """
        ExternalOptimizerInterface  tf.contrib.opt.ExternalOptimizerInterface
        ScipyOptimizerInterface     tf.contrib.opt.ScipyOptimizerInterface
    """,
    "millpond.contrib.opt.lars": """
        LARSOptimizer  tf.contrib.opt.LARSOptimizer
    """,
    "millpond.contrib.opt.signs": """
        AddSignOptimizer    tf.contrib.opt.AddSignOptimizer
        PowerSignOptimizer  tf.contrib.opt.PowerSignOptimizer
    """,
    "millpond.contrib.opt.weight_decay": """
        AdamWOptimizer                      tf.contrib.opt.AdamWOptimizer
        DecoupledWeightDecayExtension       tf.contrib.opt.DecoupledWeightDecayExtension
        extend_with_decoupled_weight_decay  tf.contrib.opt.extend_with_decoupled_weight_decay
        MomentumWOptimizer                  tf.contrib.opt.MomentumWOptimizer
    """,
    "millpond.contrib.opt.wrappers": """
        clip_gradients_by_global_norm  tf.contrib.opt.clip_gradients_by_global_norm
        MovingAverageOptimizer         tf.contrib.opt.MovingAverageOptimizer
        MultitaskOptimizerWrapper      tf.contrib.opt.MultitaskOptimizerWrapper
        VariableClippingOptimizer      tf.contrib.opt.VariableClippingOptimizer
    """,
    "millpond.contrib.sparsemax": """
        sparsemax       tf.contrib.sparsemax.sparsemax
        sparsemax_loss  tf.contrib.sparsemax.sparsemax_loss
    """,
    "millpond.distributions.bernoulli": """
        Bernoulli                  tf.distributions.Bernoulli tf.contrib.distributions.Bernoulli
        BernoulliWithSigmoidProbs  tf.contrib.distributions.BernoulliWithSigmoidProbs
    """,
    "millpond.distributions.beta": """
        Beta                           tf.distributions.Beta tf.contrib.distributions.Beta
        BetaWithSoftplusConcentration  tf.contrib.distributions.BetaWithSoftplusConcentration
    """,
    "millpond.distributions.categorical": """
        Categorical        tf.distributions.Categorical tf.contrib.distributions.Categorical
        OneHotCategorical  tf.contrib.distributions.OneHotCategorical
    """,
    "millpond.distributions.counts": """
        Binomial          tf.contrib.distributions.Binomial
        Geometric         tf.contrib.distributions.Geometric
        NegativeBinomial  tf.contrib.distributions.NegativeBinomial
        Poisson           tf.contrib.distributions.Poisson
    """,
    "millpond.distributions.deterministic": """
        Deterministic        tf.contrib.distributions.Deterministic
        VectorDeterministic  tf.contrib.distributions.VectorDeterministic
    """,
    "millpond.distributions.dirichlet": """
        Dirichlet             tf.distributions.Dirichlet tf.contrib.distributions.Dirichlet
        DirichletMultinomial  tf.distributions.DirichletMultinomial tf.contrib.distributions.DirichletMultinomial
    """,
    "millpond.distributions.distribution": """
        Distribution  tf.distributions.Distribution tf.contrib.distributions.Distribution
    """,
    "millpond.distributions.gamma": """
        Chi2                                tf.contrib.distributions.Chi2
        Exponential                         tf.distributions.Exponential tf.contrib.distributions.Exponential
        Gamma                               tf.distributions.Gamma tf.contrib.distributions.Gamma
        GammaWithSoftplusConcentrationRate  tf.contrib.distributions.GammaWithSoftplusConcentrationRate
        InverseGamma                        tf.contrib.distributions.InverseGamma
    """,
    "millpond.distributions.independent": """
        Independent  tf.contrib.distributions.Independent
    """,
    "millpond.distributions.kullback_leibler": """
        cross_entropy  tf.contrib.distributions.cross_entropy
        kl_divergence  tf.distributions.kl_divergence tf.contrib.distributions.kl_divergence
        RegisterKL     tf.distributions.RegisterKL tf.contrib.distributions.RegisterKL
    """,
    "millpond.distributions.location_scale": """
        Cauchy                    tf.contrib.distributions.Cauchy
        Gumbel                    tf.contrib.distributions.Gumbel
        Laplace                   tf.distributions.Laplace tf.contrib.distributions.Laplace
        LaplaceWithSoftplusScale  tf.contrib.distributions.LaplaceWithSoftplusScale
        Logistic                  tf.contrib.distributions.Logistic
    """,
    "millpond.distributions.mixture": """
        Mixture            tf.contrib.distributions.Mixture
        MixtureSameFamily  tf.contrib.distributions.MixtureSameFamily
    """,
    "millpond.distributions.multinomial": """
        Multinomial  tf.distributions.Multinomial tf.contrib.distributions.Multinomial
    """,
    "millpond.distributions.multivariate_normal": """
        MultivariateNormalDiag                   tf.contrib.distributions.MultivariateNormalDiag
        MultivariateNormalDiagPlusLowRank        tf.contrib.distributions.MultivariateNormalDiagPlusLowRank
        MultivariateNormalDiagWithSoftplusScale  tf.contrib.distributions.MultivariateNormalDiagWithSoftplusScale
        MultivariateNormalFullCovariance         tf.contrib.distributions.MultivariateNormalFullCovariance
        MultivariateNormalTriL                   tf.contrib.distributions.MultivariateNormalTriL
    """,
    "millpond.distributions.normal": """
        HalfNormal               tf.contrib.distributions.HalfNormal
        Normal                   tf.distributions.Normal tf.contrib.distributions.Normal
        NormalWithSoftplusScale  tf.contrib.distributions.NormalWithSoftplusScale
    """,
    "millpond.distributions.relaxed": """
        ExpRelaxedOneHotCategorical  tf.contrib.distributions.ExpRelaxedOneHotCategorical
        RelaxedBernoulli             tf.contrib.distributions.RelaxedBernoulli
        RelaxedOneHotCategorical     tf.contrib.distributions.RelaxedOneHotCategorical
    """,
    "millpond.distributions.reparameterization": """
        FULLY_REPARAMETERIZED   tf.distributions.FULLY_REPARAMETERIZED tf.contrib.distributions.FULLY_REPARAMETERIZED
        NOT_REPARAMETERIZED     tf.distributions.NOT_REPARAMETERIZED tf.contrib.distributions.NOT_REPARAMETERIZED
        ReparameterizationType  tf.distributions.ReparameterizationType tf.contrib.distributions.ReparameterizationType
    """,
    "millpond.distributions.special": """
        fill_triangular   tf.contrib.distributions.fill_triangular
        log_ndtr          tf.contrib.distributions.log_ndtr
        ndtr              tf.contrib.distributions.ndtr
        percentile        tf.contrib.distributions.percentile
        softplus_inverse  tf.contrib.distributions.softplus_inverse
    """,
    "millpond.distributions.student_t": """
        StudentT                        tf.distributions.StudentT tf.contrib.distributions.StudentT
        StudentTWithAbsDfSoftplusScale  tf.contrib.distributions.StudentTWithAbsDfSoftplusScale
    """,
    "millpond.distributions.transformed": """
        TransformedDistribution  tf.contrib.distributions.TransformedDistribution
    """,
    "millpond.distributions.uniform": """
        Uniform  tf.distributions.Uniform tf.contrib.distributions.Uniform
    """,
    "millpond.distributions.bijectors.bijector": """
        Bijector  tf.contrib.distributions.bijectors.Bijector
    """,
    "millpond.distributions.bijectors.composition": """
        Chain   tf.contrib.distributions.bijectors.Chain
        Invert  tf.contrib.distributions.bijectors.Invert
    """,
    "millpond.distributions.bijectors.elementwise": """
        AffineScalar    tf.contrib.distributions.bijectors.AffineScalar
        Exp             tf.contrib.distributions.bijectors.Exp
        Expm1           tf.contrib.distributions.bijectors.Expm1
        Identity        tf.contrib.distributions.bijectors.Identity
        Inline          tf.contrib.distributions.bijectors.Inline
        Log1p           tf.contrib.distributions.bijectors.Log1p
        NormalCDF       tf.contrib.distributions.bijectors.NormalCDF
        PowerTransform  tf.contrib.distributions.bijectors.PowerTransform
        Sigmoid         tf.contrib.distributions.bijectors.Sigmoid
        Softplus        tf.contrib.distributions.bijectors.Softplus
        Softsign        tf.contrib.distributions.bijectors.Softsign
        Tanh            tf.contrib.distributions.bijectors.Tanh
    """,
    "millpond.distributions.bijectors.vectors": """
        Affine           tf.contrib.distributions.bijectors.Affine
        Permute          tf.contrib.distributions.bijectors.Permute
        Reshape          tf.contrib.distributions.bijectors.Reshape
        SoftmaxCentered  tf.contrib.distributions.bijectors.SoftmaxCentered
    """,
    "millpond.graph.composite": """
        convert_to_tensor_or_sparse_tensor  tf.contrib.framework.convert_to_tensor_or_sparse_tensor
    """,
    "millpond.graph.default": """
        is_tensor  tf.contrib.framework.is_tensor
    """,
    "millpond.graph.op_defs": """
        ops_used_by_graph_def  tf.contrib.util.ops_used_by_graph_def
        stripped_op_list       tf.contrib.util.stripped_op_list_for_graph
    """,
    "millpond.graph.static_values": """
        constant_value  tf.contrib.util.constant_value
    """,
    "millpond.nested": """
        assert_same_structure  tf.nest.assert_same_structure tf.contrib.framework.nest.assert_same_structure
        flatten                tf.nest.flatten tf.contrib.framework.nest.flatten
        flatten_up_to          tf.contrib.framework.nest.flatten_up_to
        is_nested              tf.nest.is_nested tf.contrib.framework.nest.is_nested
                               tf.contrib.framework.nest.is_sequence
        map_structure          tf.nest.map_structure tf.contrib.framework.nest.map_structure
        map_structure_up_to    tf.contrib.framework.nest.map_structure_up_to
        pack_sequence_as       tf.nest.pack_sequence_as tf.contrib.framework.nest.pack_sequence_as
    """,
    "millpond.ops.array.constant": """
        make_ndarray       tf.contrib.util.make_ndarray
        make_tensor_proto  tf.contrib.util.make_tensor_proto
    """,
    "millpond.ops.array.squeezable": """
        remove_squeezable_dimensions  tf.contrib.framework.remove_squeezable_dimensions
    """,
    "millpond.ops.host.static_checks": """
        assert_same_float_dtype  tf.contrib.framework.assert_same_float_dtype
        assert_scalar            tf.contrib.framework.assert_scalar
    """,
    "millpond.ops.host.py_func": """
        py_func  tf.contrib.framework.py_func
    """,
    "millpond.ops.math.sorting": """
        argsort  tf.contrib.framework.argsort
        sort     tf.contrib.framework.sort
    """,
    "millpond.ops.nn.convolution_functions": """
        conv1d_transpose  tf.contrib.nn.conv1d_transpose
    """,
    "millpond.ops.random.stateless_random": """
        stateless_multinomial       tf.contrib.stateless.stateless_multinomial
        stateless_random_normal     tf.contrib.stateless.stateless_random_normal
        stateless_random_uniform    tf.contrib.stateless.stateless_random_uniform
        stateless_truncated_normal  tf.contrib.stateless.stateless_truncated_normal
    """,
    "millpond.summary.projector": """
        EmbeddingInfo         tf.contrib.tensorboard.plugins.projector.EmbeddingInfo
        ProjectorConfig       tf.contrib.tensorboard.plugins.projector.ProjectorConfig
        SpriteMetadata        tf.contrib.tensorboard.plugins.projector.SpriteMetadata
        visualize_embeddings  tf.contrib.tensorboard.plugins.projector.visualize_embeddings
    """,
    "millpond.train.hooks.basic_hooks": """
        ProfilerHook  tf.contrib.hooks.ProfilerHook
    """,
    "millpond.train.saving.checkpoint_assignment": """
        assign_from_checkpoint     tf.contrib.framework.assign_from_checkpoint
        assign_from_checkpoint_fn  tf.contrib.framework.assign_from_checkpoint_fn
    """,
    "millpond.train.saving.checkpoint_initializers": """
        init_from_checkpoint  tf.contrib.framework.init_from_checkpoint
    """,
    "millpond.train.saving.checkpoint_reader": """
        list_variables   tf.contrib.framework.list_variables
        load_checkpoint  tf.contrib.framework.load_checkpoint
        load_variable    tf.contrib.framework.load_variable
    """,
    "millpond.train.schedules.global_step": """
        assert_global_step         tf.contrib.framework.assert_global_step
        create_global_step         tf.contrib.framework.create_global_step
        get_global_step            tf.contrib.framework.get_global_step
        get_or_create_global_step  tf.contrib.framework.get_or_create_global_step
    """,
}
