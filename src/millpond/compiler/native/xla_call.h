// What is used here of the C interface through which XLA calls foreign code (xla/ffi/api/c_api.h, version 0.3). The layout
// of these structures is XLA's; it grows at the ends only. XLA asks for the version when a function is registered.

#pragma once

#include <cstddef>
#include <cstdint>

namespace xla_call {

enum { kMajor = 0, kMinor = 3 };

struct Extension {
  size_t size;
  int type;  // 1: XLA asks what it is going to call
  Extension* next;
};

struct Version {
  size_t size;
  Extension* extension;
  int major, minor;
};

struct Metadata {
  size_t size;
  Version version;
  uint32_t traits;
  int64_t state_type;
};

struct MetadataExtension {
  Extension base;
  Metadata* metadata;
};

struct Buffer {
  size_t size;
  Extension* extension;
  int dtype;
  void* data;
  int64_t rank;
  int64_t* dims;
};

struct Buffers {
  size_t size;
  Extension* extension;
  int64_t count;
  int* types;
  Buffer** items;
};

struct Array {
  int dtype;
  size_t count;
  const int64_t* data;
};

struct Attributes {
  size_t size;
  Extension* extension;
  int64_t count;
  int* types;
  void** names;
  Array** items;
};

struct Error;
struct Context;

enum Code { kInvalidArgument = 3, kResourceExhausted = 8, kInternal = 13 };

struct ErrorArguments {
  size_t size;
  Extension* extension;
  const char* message;
  Code code;
};

struct ScheduleArguments {
  size_t size;
  Extension* extension;
  Context* context;
  void (*task)(void*);
  void* data;
};

struct ThreadsArguments {
  size_t size;
  Extension* extension;
  Context* context;
  int64_t* count;
};

struct DestroyArguments {
  size_t size;
  Extension* extension;
  Error* error;
};

struct Api {
  size_t size;
  Extension* extension;
  Version version;
  const void* internal;
  Error* (*create_error)(ErrorArguments*);
  void* get_message;
  void (*destroy_error)(DestroyArguments*);
  void *register_handler, *get_stream, *register_type, *get_context, *set_state, *get_state, *allocate, *release;
  Error* (*schedule)(ScheduleArguments*);
  Error* (*count_threads)(ThreadsArguments*);
};

struct Frame {
  size_t size;
  Extension* extension;
  const Api* api;
  Context* context;
  int stage;  // 3: run
  Buffers arguments, results;
  Attributes attributes;
};

}  // namespace xla_call
