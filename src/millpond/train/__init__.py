"""`tf.train`: everything around the training of a model. Names only."""

from tensorboard.compat.proto.cluster_pb2 import ClusterDef, JobDef
from tensorboard.compat.proto.saver_pb2 import SaverDef

from millpond.protos.checkpoint import CheckpointState
from millpond.protos.cluster import QueueRunnerDef, ServerDef
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
from millpond.summary.file_writer import FileWriter as SummaryWriter
from millpond.summary.file_writer import summary_iterator
from millpond.train.basic_loops import basic_train_loop
from millpond.train.checkpoint_initializers import init_from_checkpoint
from millpond.train.checkpoint_reader import NewCheckpointReader, list_variables, load_checkpoint, load_variable
from millpond.train.checkpoint_state import (
    checkpoint_exists,
    generate_checkpoint_state_proto,
    get_checkpoint_mtimes,
    get_checkpoint_state,
    latest_checkpoint,
    remove_checkpoint,
    update_checkpoint_state,
)
from millpond.train.cluster_spec import ClusterSpec
from millpond.train.coordinator import Coordinator, LooperThread
from millpond.train.device_setter import replica_device_setter
from millpond.train.global_step import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)
from millpond.train.hooks import (
    FeedFnHook,
    FinalOpsHook,
    GlobalStepWaiterHook,
    LoggingTensorHook,
    NanLossDuringTrainingError,
    NanTensorHook,
    ProfilerHook,
    StopAtStepHook,
)
from millpond.train.meta_graph import export_meta_graph, write_graph
from millpond.train.meta_graph_import import import_meta_graph
from millpond.train.monitored_session import MonitoredSession, MonitoredTrainingSession, SingularMonitoredSession
from millpond.train.moving_averages import ExponentialMovingAverage
from millpond.train.optimizer import Optimizer
from millpond.train.optimizers.adadelta import AdadeltaOptimizer
from millpond.train.optimizers.adagrad import AdagradOptimizer
from millpond.train.optimizers.adagrad_da import AdagradDAOptimizer
from millpond.train.optimizers.adam import AdamOptimizer
from millpond.train.optimizers.ftrl import FtrlOptimizer
from millpond.train.optimizers.gradient_descent import GradientDescentOptimizer
from millpond.train.optimizers.momentum import MomentumOptimizer
from millpond.train.optimizers.proximal import ProximalAdagradOptimizer, ProximalGradientDescentOptimizer
from millpond.train.optimizers.rms_prop import RMSPropOptimizer
from millpond.train.optimizers.sync_replicas import SyncReplicasOptimizer
from millpond.train.queue_runner import QueueRunner, add_queue_runner, start_queue_runners
from millpond.train.saver import Saver
from millpond.train.saving_hooks import (
    CheckpointSaverHook,
    CheckpointSaverListener,
    StepCounterHook,
    SummarySaverHook,
)
from millpond.train.scaffold import Scaffold
from millpond.train.schedules import (
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
from millpond.train.server import Server
from millpond.train.session_creator import ChiefSessionCreator, SessionCreator, WorkerSessionCreator
from millpond.train.session_manager import SessionManager
from millpond.train.session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from millpond.train.step_timer import SecondOrStepTimer
from millpond.train.supervisor import Supervisor
from millpond.train.warm_starting import VocabInfo, warm_start
