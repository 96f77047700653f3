"""`tf.train`: everything around the training of a model."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.protos.checkpoint import (
    CheckpointState,
)
from millpond.protos.cluster import (
    QueueRunnerDef,
    ServerDef,
)
from millpond.protos.example import (
    BytesList,
    Example,
    Feature,
    FeatureList,
    FeatureLists,
    Features,
    FloatList,
    Int64List,
    SequenceExample,
)
from millpond.summary.file_writer import (
    FileWriter as SummaryWriter,
    summary_iterator,
)
from millpond.train import (
    queue_runner,
)
from millpond.train.clusters.cluster_spec import (
    ClusterSpec,
)
from millpond.train.clusters.device_setter import (
    replica_device_setter,
)
from millpond.train.clusters.server import (
    Server,
)
from millpond.train.hooks.basic_hooks import (
    FeedFnHook,
    FinalOpsHook,
    GlobalStepWaiterHook,
    LoggingTensorHook,
    NanLossDuringTrainingError,
    NanTensorHook,
    ProfilerHook,
    StopAtStepHook,
)
from millpond.train.hooks.saving_hooks import (
    CheckpointSaverHook,
    CheckpointSaverListener,
    StepCounterHook,
    SummarySaverHook,
)
from millpond.train.hooks.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from millpond.train.hooks.step_timer import (
    SecondOrStepTimer,
)
from millpond.train.input.batching import (
    batch,
    batch_join,
    maybe_batch,
    maybe_batch_join,
    maybe_shuffle_batch,
    maybe_shuffle_batch_join,
    shuffle_batch,
    shuffle_batch_join,
)
from millpond.train.input.producers import (
    input_producer,
    limit_epochs,
    match_filenames_once,
    range_input_producer,
    slice_input_producer,
    string_input_producer,
)
from millpond.train.optimizers.adadelta import (
    AdadeltaOptimizer,
)
from millpond.train.optimizers.adagrad import (
    AdagradOptimizer,
)
from millpond.train.optimizers.adagrad_da import (
    AdagradDAOptimizer,
)
from millpond.train.optimizers.adam import (
    AdamOptimizer,
)
from millpond.train.optimizers.ftrl import (
    FtrlOptimizer,
)
from millpond.train.optimizers.gradient_descent import (
    GradientDescentOptimizer,
)
from millpond.train.optimizers.momentum import (
    MomentumOptimizer,
)
from millpond.train.optimizers.optimizer import (
    Optimizer,
)
from millpond.train.optimizers.proximal import (
    ProximalAdagradOptimizer,
    ProximalGradientDescentOptimizer,
)
from millpond.train.optimizers.rms_prop import (
    RMSPropOptimizer,
)
from millpond.train.optimizers.sync_replicas import (
    SyncReplicasOptimizer,
)
from millpond.train.saving.checkpoint import (
    Checkpoint,
)
from millpond.train.saving.checkpoint_initializers import (
    init_from_checkpoint,
)
from millpond.train.saving.checkpoint_manager import (
    CheckpointManager,
)
from millpond.train.saving.checkpoint_polling import (
    checkpoints_iterator,
)
from millpond.train.saving.checkpoint_reader import (
    NewCheckpointReader,
    list_variables,
    load_checkpoint,
    load_variable,
)
from millpond.train.saving.checkpoint_state import (
    checkpoint_exists,
    generate_checkpoint_state_proto,
    get_checkpoint_mtimes,
    get_checkpoint_state,
    latest_checkpoint,
    remove_checkpoint,
    update_checkpoint_state,
)
from millpond.train.saving.meta_graph import (
    export_meta_graph,
    write_graph,
)
from millpond.train.saving.meta_graph_import import (
    import_meta_graph,
)
from millpond.train.saving.saver import (
    Saver,
)
from millpond.train.saving.warm_starting import (
    VocabInfo,
    warm_start,
)
from millpond.train.schedules.decays import (
    cosine_decay,
    cosine_decay_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_cosine_decay,
    natural_exp_decay,
    noisy_linear_cosine_decay,
    piecewise_constant,
    piecewise_constant_decay,
    polynomial_decay,
)
from millpond.train.schedules.global_step import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)
from millpond.train.schedules.moving_averages import (
    ExponentialMovingAverage,
)
from millpond.train.sessions.basic_loops import (
    basic_train_loop,
)
from millpond.train.sessions.coordinator import (
    Coordinator,
    LooperThread,
)
from millpond.train.sessions.monitored_session import (
    MonitoredSession,
    MonitoredTrainingSession,
    SingularMonitoredSession,
)
from millpond.train.sessions.queue_runner import (
    QueueRunner,
    add_queue_runner,
    start_queue_runners,
)
from millpond.train.sessions.scaffold import (
    Scaffold,
)
from millpond.train.sessions.session_creator import (
    ChiefSessionCreator,
    SessionCreator,
    WorkerSessionCreator,
)
from millpond.train.sessions.session_manager import (
    SessionManager,
)
from millpond.train.sessions.supervisor import (
    Supervisor,
)
from tensorboard.compat.proto.cluster_pb2 import (
    ClusterDef,
    JobDef,
)
from tensorboard.compat.proto.saver_pb2 import (
    SaverDef,
)

__all__ = [
    "AdadeltaOptimizer",
    "AdagradDAOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "BytesList",
    "Checkpoint",
    "CheckpointManager",
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "CheckpointState",
    "ChiefSessionCreator",
    "ClusterDef",
    "ClusterSpec",
    "Coordinator",
    "Example",
    "ExponentialMovingAverage",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FeedFnHook",
    "FinalOpsHook",
    "FloatList",
    "FtrlOptimizer",
    "GlobalStepWaiterHook",
    "GradientDescentOptimizer",
    "Int64List",
    "JobDef",
    "LoggingTensorHook",
    "LooperThread",
    "MomentumOptimizer",
    "MonitoredSession",
    "MonitoredTrainingSession",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "NewCheckpointReader",
    "Optimizer",
    "ProfilerHook",
    "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer",
    "QueueRunner",
    "QueueRunnerDef",
    "RMSPropOptimizer",
    "Saver",
    "SaverDef",
    "Scaffold",
    "SecondOrStepTimer",
    "SequenceExample",
    "Server",
    "ServerDef",
    "SessionCreator",
    "SessionManager",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "SingularMonitoredSession",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
    "SummaryWriter",
    "Supervisor",
    "SyncReplicasOptimizer",
    "VocabInfo",
    "WorkerSessionCreator",
    "add_queue_runner",
    "assert_global_step",
    "basic_train_loop",
    "batch",
    "batch_join",
    "checkpoint_exists",
    "checkpoints_iterator",
    "cosine_decay",
    "cosine_decay_restarts",
    "create_global_step",
    "exponential_decay",
    "export_meta_graph",
    "generate_checkpoint_state_proto",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
    "import_meta_graph",
    "init_from_checkpoint",
    "input_producer",
    "inverse_time_decay",
    "latest_checkpoint",
    "limit_epochs",
    "linear_cosine_decay",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "match_filenames_once",
    "maybe_batch",
    "maybe_batch_join",
    "maybe_shuffle_batch",
    "maybe_shuffle_batch_join",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
    "queue_runner",
    "range_input_producer",
    "remove_checkpoint",
    "replica_device_setter",
    "shuffle_batch",
    "shuffle_batch_join",
    "slice_input_producer",
    "start_queue_runners",
    "string_input_producer",
    "summary_iterator",
    "update_checkpoint_state",
    "warm_start",
    "write_graph",
]
