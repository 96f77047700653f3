// Matrix products and convolutions of XLA programs on the CPU, by oneDNN (https://oneapi-src.github.io/oneDNN).
//
// XLA calls `millpond_product` and `millpond_convolution`; what they compute is in the attribute `key`, written by
// compiler/onednn.py. oneDNN is opened when it is first needed, so that nothing has to be linked with it.
//
// Work is cut into pieces that run on XLA's own threads, each with one thread of oneDNN's: OpenMP's threads would wait
// in a loop beside XLA's. What is added up over pieces is cut by a rule that knows shapes alone, so that the last bits
// do not depend on the machine's threads.
//
// State: the functions of oneDNN; prepared convolutions, the last kMostPrepared (under `prepared_lock`); scratch memory
// of each thread.

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "xla_call.h"

namespace {

using Sizes = std::vector<int64_t>;
using Handle = void*;

// oneDNN's numbers, of its C interface 3.x.
enum { kCpu = 1, kInOrder = 1, kFloat32 = 3, kAnyFormat = 1, kDirect = 1, kForwardTraining = 64, kUserScratchpad = 1 };
enum { kQueryImplementation = 8, kQueryWeights = 131, kQueryDiffWeights = 132, kQueryScratchpad = 136 };
enum { kSrc = 1, kDst = 17, kWeights = 33, kScratchpad = 80, kDiffSrc = 129, kDiffDst = 145, kDiffWeights = 161 };

struct Argument {
  int number;
  Handle memory;
};

struct Functions {
  int (*sgemm)(char, char, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*, int64_t, float, float*,
               int64_t);
  int (*engine_create)(Handle*, int, size_t);
  int (*stream_create)(Handle*, Handle, unsigned);
  int (*stream_wait)(Handle);
  int (*attr_create)(Handle*);
  int (*attr_set_scratchpad_mode)(Handle, int);
  int (*desc_with_strides)(Handle*, int, const int64_t*, int, const int64_t*);
  int (*desc_with_tag)(Handle*, int, const int64_t*, int, int);
  int (*desc_equal)(Handle, Handle);
  size_t (*desc_size)(Handle);
  int (*desc_destroy)(Handle);
  Handle (*query_desc)(Handle, int, int);
  int (*query)(Handle, int, int, void*);
  int (*pd_destroy)(Handle);
  int (*forward)(Handle*, Handle, int, int, Handle, Handle, Handle, Handle, const int64_t*, const int64_t*, const int64_t*,
                 const int64_t*, Handle);
  int (*backward_data)(Handle*, Handle, int, Handle, Handle, Handle, const int64_t*, const int64_t*, const int64_t*,
                       const int64_t*, Handle, Handle);
  int (*backward_weights)(Handle*, Handle, int, Handle, Handle, Handle, Handle, const int64_t*, const int64_t*,
                          const int64_t*, const int64_t*, Handle, Handle);
  int (*reorder)(Handle*, Handle, Handle, Handle, Handle, Handle);
  int (*primitive_create)(Handle*, Handle);
  int (*primitive_destroy)(Handle);
  int (*execute)(Handle, Handle, int, const Argument*);
  int (*memory_create)(Handle*, Handle, Handle, void*);
  int (*memory_destroy)(Handle);
  void (*set_threads)(int);
  int (*max_threads)();
};

Functions dnn;
Handle engine, own_scratchpad;

void check(int status) {
  if (status == 0) return;
  if (status == 1) throw std::bad_alloc();
  throw std::runtime_error("oneDNN reports status " + std::to_string(status));
}

// One thread of OpenMP for the caller, while it lives.
class OneThread {
 public:
  OneThread() : before_(dnn.max_threads()) { dnn.set_threads(1); }
  ~OneThread() { dnn.set_threads(before_); }

 private:
  int before_;
};

// Owns a oneDNN object.
class Owned {
 public:
  Owned() = default;
  Owned(Handle handle, int (*destroy)(Handle)) : handle_(handle), destroy_(destroy) {}
  Owned(Owned&& other) noexcept { *this = std::move(other); }
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(destroy_, other.destroy_);
    return *this;
  }
  ~Owned() {
    if (handle_) destroy_(handle_);
  }
  operator Handle() const { return handle_; }

 private:
  Handle handle_ = nullptr;
  int (*destroy_)(Handle) = nullptr;
};

template <typename Create, typename... Arguments>
Handle made(Create create, Arguments... arguments) {
  Handle handle = nullptr;
  check(create(&handle, arguments...));
  return handle;
}

// --- pieces of work on XLA's threads

struct Work {
  std::atomic<int> next{0}, done{0};
  int total;
  std::function<void(int)> piece;
  std::exception_ptr failure;
  std::mutex lock;
  std::condition_variable finished;

  void run() {
    int i;
    while ((i = next.fetch_add(1)) < total) {
      std::exception_ptr failed;
      try {
        OneThread one;
        piece(i);
      } catch (...) {
        failed = std::current_exception();
      }
      std::lock_guard<std::mutex> guard(lock);
      if (failed) failure = failed;
      if (++done == total) finished.notify_all();
    }
  }
};

void run_work(void* data) {
  std::unique_ptr<std::shared_ptr<Work>> work(static_cast<std::shared_ptr<Work>*>(data));
  (*work)->run();
}

int threads_of(xla_call::Frame* frame) {
  int64_t count = 1;
  xla_call::ThreadsArguments asked{sizeof asked, nullptr, frame->context, &count};
  if (xla_call::Error* error = frame->api->count_threads(&asked)) {
    xla_call::DestroyArguments gone{sizeof gone, nullptr, error};
    frame->api->destroy_error(&gone);
    return 1;
  }
  return static_cast<int>(std::max<int64_t>(count, 1));
}

constexpr int kSpins = 1000;

// Runs the pieces. The caller takes pieces too, and waits only for those that another thread has begun, so that calls
// which fill all threads cannot wait for each other.
void share(xla_call::Frame* frame, int pieces, int threads, std::function<void(int)> piece) {
  if (pieces == 1 || threads == 1) {
    OneThread one;
    for (int i = 0; i < pieces; i++) piece(i);
    return;
  }
  auto work = std::make_shared<Work>();
  work->total = pieces;
  work->piece = std::move(piece);
  for (int i = 1; i < std::min(pieces, threads); i++) {
    auto* given = new std::shared_ptr<Work>(work);
    xla_call::ScheduleArguments task{sizeof task, nullptr, frame->context, run_work, given};
    if (xla_call::Error* error = frame->api->schedule(&task)) {
      xla_call::DestroyArguments gone{sizeof gone, nullptr, error};
      frame->api->destroy_error(&gone);
      delete given;
      break;
    }
  }
  work->run();
  // Pieces are of one size: the others are about to end, sooner than this thread would wake up again.
  for (int i = 0; i < kSpins && work->done.load() < pieces; i++) __builtin_ia32_pause();
  std::unique_lock<std::mutex> guard(work->lock);
  work->finished.wait(guard, [&] { return work->done == work->total; });
  if (work->failure) std::rethrow_exception(work->failure);
}

// Scratch memory of the calling thread, which grows up to kMostKept bytes; larger pieces live for one call.
constexpr size_t kMostKept = size_t{64} << 20;

struct Scratch {
  void* place = nullptr;
  size_t size = 0;
  ~Scratch() { free(place); }
};

class Borrowed {
 public:
  Borrowed(Scratch& kept, size_t size) {
    if (size == 0) return;
    size = (size + 4095) / 4096 * 4096;
    if (size <= kept.size) {
      place_ = kept.place;
      return;
    }
    void* place = std::aligned_alloc(4096, size);
    if (!place) throw std::bad_alloc();
    place_ = place;
    if (size > kMostKept) {
      own_ = place;
      return;
    }
    free(kept.place);
    kept.place = place;
    kept.size = size;
  }
  ~Borrowed() { free(own_); }
  void* get() const { return place_; }

 private:
  void *place_ = nullptr, *own_ = nullptr;
};

thread_local Scratch for_weights, for_primitive;

Handle stream() {
  thread_local Handle own = made(dnn.stream_create, engine, unsigned{kInOrder});
  return own;
}

// --- matrix products

// Below so many operations a product is not cut: waking a thread costs as much.
constexpr int64_t kWorthAThread = int64_t{1} << 24;

// The key: whether each is transposed, the number of matrices, rows, columns, inner size.
void product(xla_call::Frame* frame, const int64_t* key) {
  bool turned_a = key[0], turned_b = key[1];
  int64_t count = key[2], rows = key[3], columns = key[4], inner = key[5];
  auto* a = static_cast<const float*>(frame->arguments.items[0]->data);
  auto* b = static_cast<const float*>(frame->arguments.items[1]->data);
  auto* c = static_cast<float*>(frame->results.items[0]->data);
  int threads = threads_of(frame);
  int64_t pieces = std::min<int64_t>(threads, 1 + 2 * count * rows * columns * inner / kWorthAThread);
  int64_t lda = turned_a ? rows : inner, ldb = turned_b ? inner : columns;
  auto one = [&](int64_t which, int64_t row, int64_t row_end, int64_t column, int64_t column_end) {
    if (row == row_end || column == column_end) return;
    check(dnn.sgemm(turned_a ? 'T' : 'N', turned_b ? 'T' : 'N', row_end - row, column_end - column, inner, 1.0f,
                    a + which * rows * inner + (turned_a ? row : row * lda), lda,
                    b + which * inner * columns + (turned_b ? column * ldb : column), ldb, 0.0f,
                    c + which * rows * columns + row * columns + column, columns));
  };
  if (count > 1) {
    share(frame, static_cast<int>(std::min(pieces, count)), threads, [&](int i) {
      int64_t total = std::min(pieces, count);
      for (int64_t k = count * i / total; k < count * (i + 1) / total; k++) one(k, 0, rows, 0, columns);
    });
    return;
  }
  // The longer side is cut, at multiples of what the kernels take at once.
  bool by_columns = columns >= rows;
  int64_t length = by_columns ? columns : rows, step = by_columns ? 16 : 8;
  share(frame, static_cast<int>(pieces), threads, [&](int i) {
    int64_t begin = length * i / pieces / step * step;
    int64_t end = i + 1 == pieces ? length : length * (i + 1) / pieces / step * step;
    by_columns ? one(0, 0, rows, begin, end) : one(0, begin, end, 0, columns);
  });
}

// --- convolutions

enum Kind { kForward = 0, kToInput = 1, kToFilter = 2 };

// What the key says, in its order: kind, channels first, groups, batch, input and output channels; then for each spatial
// dimension sizes of input, output and filter, strides, dilations, padding before and after.
struct Geometry {
  Kind kind;
  bool channels_first;
  int64_t groups, batch, inputs, outputs;
  Sizes in, out, filter, strides, dilations, before, after;

  explicit Geometry(const int64_t* key, size_t length) {
    kind = static_cast<Kind>(*key++);
    channels_first = *key++;
    groups = *key++;
    batch = *key++;
    inputs = *key++;
    outputs = *key++;
    size_t rank = (length - 6) / 7;
    for (Sizes* sizes : {&in, &out, &filter, &strides, &dilations, &before, &after}) {
      sizes->assign(key, key + rank);
      key += rank;
    }
  }
  static int64_t product(const Sizes& sizes) {
    int64_t all = 1;
    for (int64_t size : sizes) all *= size;
    return all;
  }
  int64_t input_elements() const { return inputs * product(in); }
  int64_t output_elements() const { return outputs * product(out); }
  int64_t filter_elements() const { return inputs / groups * outputs * product(filter); }
  int64_t operations() const { return 2 * batch * product(out) * filter_elements(); }
};

struct Convolution {
  Owned input, output, filter;  // descriptions of what XLA has
  Owned primitive, reorder;
  bool reorders = false;
  bool is_slow = false;  // oneDNN has only its reference for this one, plain loops

  explicit Convolution(const Geometry& g) {
    input = image(g, g.inputs, g.in);
    output = image(g, g.outputs, g.out);
    size_t rank = g.filter.size();
    Sizes sizes{g.outputs, g.inputs}, strides{1, g.outputs};
    if (g.groups > 1) {
      sizes = {g.groups, g.outputs / g.groups, g.inputs / g.groups};
      strides = {g.outputs / g.groups, 1, g.outputs};
    }
    Sizes spatial(rank);
    int64_t stride = g.outputs * (g.inputs / g.groups);
    for (size_t i = rank; i-- > 0; stride *= g.filter[i]) spatial[i] = stride;
    sizes.insert(sizes.end(), g.filter.begin(), g.filter.end());
    strides.insert(strides.end(), spatial.begin(), spatial.end());
    int dims = static_cast<int>(sizes.size());
    filter = desc(made(dnn.desc_with_strides, dims, sizes.data(), int{kFloat32}, strides.data()));
    Owned any = desc(made(dnn.desc_with_tag, dims, sizes.data(), int{kFloat32}, int{kAnyFormat}));
    Sizes dilations = g.dilations;
    for (int64_t& d : dilations) d -= 1;
    auto* s = g.strides.data();
    auto* d = dilations.data();
    auto* p = g.before.data();
    auto* q = g.after.data();
    Handle none = nullptr;
    Owned forward(made(dnn.forward, engine, int{kForwardTraining}, int{kDirect}, Handle(input), Handle(any), none,
                       Handle(output), s, d, p, q, own_scratchpad), dnn.pd_destroy);
    Owned other;
    Handle chosen = forward;
    if (g.kind == kToInput) {
      other = Owned(made(dnn.backward_data, engine, int{kDirect}, Handle(input), Handle(any), Handle(output), s, d, p, q,
                         Handle(forward), own_scratchpad), dnn.pd_destroy);
      chosen = other;
    } else if (g.kind == kToFilter) {
      other = Owned(made(dnn.backward_weights, engine, int{kDirect}, Handle(input), Handle(any), none, Handle(output), s, d,
                         p, q, Handle(forward), own_scratchpad), dnn.pd_destroy);
      chosen = other;
    }
    Handle wanted = dnn.query_desc(chosen, g.kind == kToFilter ? kQueryDiffWeights : kQueryWeights, 0);
    const char* implementation = "";
    check(dnn.query(chosen, kQueryImplementation, 0, &implementation));
    is_slow = std::string(implementation).rfind("ref", 0) == 0;
    weights_size = dnn.desc_size(wanted);
    scratch_size = dnn.desc_size(dnn.query_desc(chosen, kQueryScratchpad, 0));
    primitive = Owned(made(dnn.primitive_create, chosen), dnn.primitive_destroy);
    reorders = !dnn.desc_equal(wanted, filter);
    kept = std::move(other ? other : forward);
    weights_desc = wanted;
    scratch_desc = dnn.query_desc(kept, kQueryScratchpad, 0);
    if (!reorders) return;
    Handle from = g.kind == kToFilter ? wanted : Handle(filter), to = g.kind == kToFilter ? Handle(filter) : wanted;
    turn = Owned(made(dnn.reorder, from, engine, to, engine, own_scratchpad), dnn.pd_destroy);
    turn_scratch_desc = dnn.query_desc(turn, kQueryScratchpad, 0);
    scratch_size = std::max(scratch_size, dnn.desc_size(turn_scratch_desc));
    reorder = Owned(made(dnn.primitive_create, Handle(turn)), dnn.primitive_destroy);
  }

  void run(Kind kind, float* x, float* w, float* y) const {
    Owned in = memory(input, x), out = memory(output, y), weights = memory(filter, w);
    Borrowed turned(for_weights, reorders ? weights_size : 0), scratch(for_primitive, scratch_size);
    Owned own = reorders ? memory(weights_desc, turned.get()) : Owned();
    Owned besides = memory(scratch_desc, scratch.get());
    Handle used = reorders ? own : weights;
    Owned turning = reorders ? memory(turn_scratch_desc, scratch.get()) : Owned();
    auto execute = [&](Handle what, std::vector<Argument> arguments) {
      check(dnn.execute(what, stream(), static_cast<int>(arguments.size()), arguments.data()));
    };
    if (reorders && kind != kToFilter) execute(reorder, {{kSrc, weights}, {kDst, used}, {kScratchpad, turning}});
    if (kind == kForward) {
      execute(primitive, {{kSrc, in}, {kWeights, used}, {kDst, out}, {kScratchpad, besides}});
    } else if (kind == kToInput) {
      execute(primitive, {{kDiffSrc, in}, {kWeights, used}, {kDiffDst, out}, {kScratchpad, besides}});
    } else {
      execute(primitive, {{kSrc, in}, {kDiffWeights, used}, {kDiffDst, out}, {kScratchpad, besides}});
    }
    if (reorders && kind == kToFilter) execute(reorder, {{kSrc, used}, {kDst, weights}, {kScratchpad, turning}});
    check(dnn.stream_wait(stream()));
  }

 private:
  Owned kept, turn;
  Handle weights_desc = nullptr, scratch_desc = nullptr, turn_scratch_desc = nullptr;  // of these two
  size_t weights_size = 0, scratch_size = 0;

  static Owned desc(Handle handle) { return Owned(handle, dnn.desc_destroy); }

  static Owned memory(Handle description, void* place) {
    return Owned(made(dnn.memory_create, description, engine, place), dnn.memory_destroy);
  }

  static Owned image(const Geometry& g, int64_t channels, const Sizes& spatial) {
    size_t rank = spatial.size();
    Sizes sizes{g.batch, channels}, strides(rank + 2);
    sizes.insert(sizes.end(), spatial.begin(), spatial.end());
    int64_t stride = g.channels_first ? 1 : channels;
    for (size_t i = rank; i-- > 0; stride *= spatial[i]) strides[2 + i] = stride;
    strides[1] = g.channels_first ? stride : 1;
    strides[0] = g.channels_first ? stride * channels : stride;
    return desc(made(dnn.desc_with_strides, static_cast<int>(rank + 2), sizes.data(), int{kFloat32}, strides.data()));
  }
};

constexpr size_t kMostPrepared = 512;
std::mutex prepared_lock;
using Entry = std::pair<Sizes, std::shared_ptr<const Convolution>>;
std::list<Entry> prepared_order;  // the last used in front
std::map<Sizes, std::list<Entry>::iterator> prepared;

std::shared_ptr<const Convolution> prepare(const Sizes& key) {
  {
    std::lock_guard<std::mutex> guard(prepared_lock);
    auto found = prepared.find(key);
    if (found != prepared.end()) {
      prepared_order.splice(prepared_order.begin(), prepared_order, found->second);
      return found->second->second;
    }
  }
  OneThread one;
  auto built = std::make_shared<const Convolution>(Geometry(key.data(), key.size()));
  std::lock_guard<std::mutex> guard(prepared_lock);
  auto found = prepared.find(key);
  if (found != prepared.end()) return found->second->second;
  prepared_order.emplace_front(key, built);
  prepared[key] = prepared_order.begin();
  if (prepared.size() > kMostPrepared) {
    prepared.erase(prepared_order.back().first);
    prepared_order.pop_back();
  }
  return built;
}

constexpr int64_t kMostParts = 8;

void convolution(xla_call::Frame* frame, const int64_t* attribute, size_t length) {
  const Sizes key(attribute, attribute + length);
  const Geometry g(attribute, length);
  auto* a = static_cast<float*>(frame->arguments.items[0]->data);
  auto* b = static_cast<float*>(frame->arguments.items[1]->data);
  auto* result = static_cast<float*>(frame->results.items[0]->data);
  float* x = g.kind == kToInput ? result : a;
  float* w = g.kind == kForward ? b : g.kind == kToInput ? a : result;
  float* y = g.kind == kForward ? result : b;
  int threads = threads_of(frame);
  int64_t worth = std::min(g.batch, 1 + g.operations() / kWorthAThread), pieces = std::min<int64_t>(worth, threads);
  int64_t filter = g.filter_elements();
  std::vector<float> parts;
  if (g.kind == kToFilter) {
    int64_t room = std::max<int64_t>(1, g.batch * (g.input_elements() + g.output_elements()) / (2 * filter));
    pieces = std::min({worth, room, kMostParts});
    parts.resize((pieces - 1) * filter);
  }
  share(frame, static_cast<int>(pieces), threads, [&](int i) {
    int64_t begin = g.batch * i / pieces, end = g.batch * (i + 1) / pieces;
    Sizes own = key;
    own[3] = end - begin;
    float* filter_place = g.kind == kToFilter && i > 0 ? parts.data() + (i - 1) * filter : w;
    prepare(own)->run(g.kind, x + begin * g.input_elements(), filter_place, y + begin * g.output_elements());
  });
  for (int64_t i = 1; g.kind == kToFilter && i < pieces; i++) {
    const float* part = parts.data() + (i - 1) * filter;
    for (int64_t j = 0; j < filter; j++) w[j] += part[j];
  }
}

// --- what XLA calls

xla_call::Error* failed(xla_call::Frame* frame, const char* message, xla_call::Code code) {
  xla_call::ErrorArguments error{sizeof error, nullptr, message, code};
  return frame->api->create_error(&error);
}

template <typename Function>
xla_call::Error* answer(xla_call::Frame* frame, Function function) {
  if (frame->extension && frame->extension->type == 1) {
    auto& version = reinterpret_cast<xla_call::MetadataExtension*>(frame->extension)->metadata->version;
    version.major = xla_call::kMajor;
    version.minor = xla_call::kMinor;
    return nullptr;
  }
  if (frame->stage != 3) return nullptr;
  try {
    const xla_call::Array* key = frame->attributes.items[0];
    function(key->data, key->count);
    return nullptr;
  } catch (const std::bad_alloc&) {
    return failed(frame, "out of memory in oneDNN", xla_call::kResourceExhausted);
  } catch (const std::exception& error) {
    return failed(frame, error.what(), xla_call::kInternal);
  }
}

}  // namespace

extern "C" {

// Opens oneDNN. Gives null, or what went wrong.
const char* millpond_open(const char* path) {
  static std::string problem;
  Handle library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return problem = dlerror(), problem.c_str();
  struct Name {
    void* place;
    const char* name;
  };
  for (const Name& wanted : {
           Name{&dnn.sgemm, "dnnl_sgemm"},
           Name{&dnn.engine_create, "dnnl_engine_create"},
           Name{&dnn.stream_create, "dnnl_stream_create"},
           Name{&dnn.stream_wait, "dnnl_stream_wait"},
           Name{&dnn.attr_create, "dnnl_primitive_attr_create"},
           Name{&dnn.attr_set_scratchpad_mode, "dnnl_primitive_attr_set_scratchpad_mode"},
           Name{&dnn.desc_with_strides, "dnnl_memory_desc_create_with_strides"},
           Name{&dnn.desc_with_tag, "dnnl_memory_desc_create_with_tag"},
           Name{&dnn.desc_equal, "dnnl_memory_desc_equal"},
           Name{&dnn.desc_size, "dnnl_memory_desc_get_size"},
           Name{&dnn.desc_destroy, "dnnl_memory_desc_destroy"},
           Name{&dnn.query_desc, "dnnl_primitive_desc_query_md"},
           Name{&dnn.query, "dnnl_primitive_desc_query"},
           Name{&dnn.pd_destroy, "dnnl_primitive_desc_destroy"},
           Name{&dnn.forward, "dnnl_convolution_forward_primitive_desc_create"},
           Name{&dnn.backward_data, "dnnl_convolution_backward_data_primitive_desc_create"},
           Name{&dnn.backward_weights, "dnnl_convolution_backward_weights_primitive_desc_create"},
           Name{&dnn.reorder, "dnnl_reorder_primitive_desc_create"},
           Name{&dnn.primitive_create, "dnnl_primitive_create"},
           Name{&dnn.primitive_destroy, "dnnl_primitive_destroy"},
           Name{&dnn.execute, "dnnl_primitive_execute"},
           Name{&dnn.memory_create, "dnnl_memory_create"},
           Name{&dnn.memory_destroy, "dnnl_memory_destroy"},
           Name{&dnn.set_threads, "omp_set_num_threads"},
           Name{&dnn.max_threads, "omp_get_max_threads"},
       }) {
    void* found = dlsym(library, wanted.name);
    if (!found) return problem = std::string(path) + " has no " + wanted.name, problem.c_str();
    *static_cast<void**>(wanted.place) = found;
  }
  try {
    engine = made(dnn.engine_create, int{kCpu}, size_t{0});
    own_scratchpad = made(dnn.attr_create);
    check(dnn.attr_set_scratchpad_mode(own_scratchpad, kUserScratchpad));
  } catch (const std::exception& error) {
    return problem = error.what(), problem.c_str();
  }
  return nullptr;
}

// Whether oneDNN has a fast form of a convolution.
int millpond_can_convolve(const int64_t* key, int length) {
  try {
    return prepare(Sizes(key, key + length))->is_slow ? 0 : 1;
  } catch (const std::exception&) {
    return 0;
  }
}

xla_call::Error* millpond_product(xla_call::Frame* frame) {
  return answer(frame, [&](const int64_t* key, size_t) { product(frame, key); });
}

xla_call::Error* millpond_convolution(xla_call::Frame* frame) {
  return answer(frame, [&](const int64_t* key, size_t length) { convolution(frame, key, length); });
}

}  // extern "C"
