// Segue for C: what viewers see and feel if player, ladder or network change.
//
// Made by cbindgen from bindings/c/src: `cargo xtask header` writes it, `cargo xtask tidy` compares it.
//
// Everything is behind handles, which are made and freed here, never change, and may be used from any thread. A function that
// can fail returns a SegueStatus and writes its result through its last argument; segue_error_message() then says what was
// wrong, in the thread that asked. No call panics across this border. Times are in s, bitrates in kbit/s, sizes in bit.

#ifndef SEGUE_H
#define SEGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How a call ended.
typedef enum SegueStatus {
  // Done.
  SEGUE_STATUS_OK = 0,
  // The work failed.
  SEGUE_STATUS_FAILED = 1,
  // What was given is wrong.
  SEGUE_STATUS_INPUT = 2,
  // A pointer is null that must not be, or a text is no UTF-8.
  SEGUE_STATUS_POINTER = 3,
  // A fault of Segue itself.
  SEGUE_STATUS_BUG = 4,
} SegueStatus;

// A player and how it meets its link.
typedef struct SegueProfile SegueProfile;

// An adaptive bitrate rule with its options.
typedef struct SegueRule SegueRule;

// What happened in one session.
typedef struct SegueSession SegueSession;

// A network: its rate and latency over time.
typedef struct SegueTrace SegueTrace;

// What can be fetched: a ladder and the sizes of segments.
typedef struct SegueVideo SegueVideo;

// The numbers that every table starts from.
typedef struct SegueSummary {
  // Segments appended to the buffer.
  size_t segments;
  // How many stalls; waiting after a seek is none.
  size_t stall_count;
  // Changes of rung between segments that follow each other.
  size_t switch_count;
  // Mean nominal bitrate of the segments, weighted by their duration, in kbit/s.
  double mean_bitrate_kbps;
  // Mean size of a change of rung, in kbit/s.
  double mean_switch_kbps;
  // From the first request to the first frame, in s.
  double startup_delay_s;
  // Stalled time, in s.
  double stall_s;
  // Stalled time over stalled and playing time.
  double stall_ratio;
  // Buffer level, averaged over time, in s.
  double mean_buffer_s;
  // Media time that was played, in s.
  double played_s;
  // From the first request to the end, in s.
  double wall_s;
} SegueSummary;

// One request.
typedef struct SegueRequest {
  // Which segment of the video, from 0.
  size_t index;
  // Which rung, 0 the lowest.
  size_t level;
  // 0 done, 1 abandoned, 2 replaced a segment in the buffer.
  uint32_t outcome;
  // The nominal bitrate of the rung, in kbit/s.
  double bitrate_kbps;
  // The size of the whole segment, in bit.
  double size_bits;
  // When it was requested, in s.
  double request_s;
  // When its first bit came, in s.
  double first_byte_s;
  // When its last bit came, or when it was given up, in s.
  double finish_s;
  // Buffer level at the request, in s.
  double buffer_before_s;
  // Buffer level after it, in s.
  double buffer_after_s;
  // How long the player held back before, in s.
  double wait_s;
  // Stalled time since the request before, in s.
  double stall_s;
} SegueRequest;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// What was wrong in the last call of this thread; empty after one that was well. It lives until the next call.
const char *segue_error_message(void);

// The version of the library, such as 0.1.0.
const char *segue_version(void);

// Frees a string that this library gave. Null is fine.
//
// # Safety
// `text` is null, or was given by this library to be freed, and was not.
void segue_string_free(char *text);

// Reads a trace: a file of any format that Segue knows, or `preset:NAME[,key=value...]`, drawn from `seed`.
//
// # Safety
// `source` is a string that ends with a zero byte, `out` points to room for a handle.
enum SegueStatus segue_trace_read(const char *source,
                                  uint64_t seed,
                                  struct SegueTrace **out);

// A trace of `n` periods: each lasts `durations_s[i]` at `rates_kbps[i]`; every request waits `latency_s`.
//
// # Safety
// `name` is a string that ends with a zero byte, the arrays hold `n` numbers each, `out` points to room for a handle.
enum SegueStatus segue_trace_new(const char *name,
                                 const double *durations_s,
                                 const double *rates_kbps,
                                 size_t n,
                                 double latency_s,
                                 struct SegueTrace **out);

// The name of a trace; it lives as long as the trace. Empty for null.
//
// # Safety
// `trace` is null, or a handle that was not freed.
const char *segue_trace_name(const struct SegueTrace *trace);

// How long a trace is before it repeats, in s; 0 for null.
//
// # Safety
// `trace` is null, or a handle that was not freed.
double segue_trace_duration_s(const struct SegueTrace *trace);

// The mean rate of a trace, in kbit/s; 0 for null.
//
// # Safety
// `trace` is null, or a handle that was not freed.
double segue_trace_mean_kbps(const struct SegueTrace *trace);

// Frees a trace. Null is fine; sessions that were run over it are not touched.
//
// # Safety
// `trace` is null, or a handle that was not freed.
void segue_trace_free(struct SegueTrace *trace);

// Reads a video: a file, a manifest, a folder of sizes, or `preset:NAME[,key=value...]`, drawn from `seed`.
//
// # Safety
// `source` is a string that ends with a zero byte, `out` points to room for a handle.
enum SegueStatus segue_video_read(const char *source,
                                  uint64_t seed,
                                  struct SegueVideo **out);

// A video of constant bitrate, `duration_s` long in segments of `segment_s`, on `n` rungs of ascending bitrates.
//
// # Safety
// `name` is a string that ends with a zero byte, `ladder_kbps` holds `n` numbers, `out` points to room for a handle.
enum SegueStatus segue_video_constant(const char *name,
                                      const double *ladder_kbps,
                                      size_t n,
                                      double segment_s,
                                      double duration_s,
                                      struct SegueVideo **out);

// How many segments a video has; 0 for null.
//
// # Safety
// `video` is null, or a handle that was not freed.
size_t segue_video_segments(const struct SegueVideo *video);

// How many rungs the ladder of a video has; 0 for null.
//
// # Safety
// `video` is null, or a handle that was not freed.
size_t segue_video_levels(const struct SegueVideo *video);

// How long a video plays, in s; 0 for null.
//
// # Safety
// `video` is null, or a handle that was not freed.
double segue_video_duration_s(const struct SegueVideo *video);

// Frees a video. Null is fine.
//
// # Safety
// `video` is null, or a handle that was not freed.
void segue_video_free(struct SegueVideo *video);

// A rule by its specification, such as `bola` or `bola-e:gp=8`. Every session gets a fresh one.
//
// # Safety
// `specification` is a string that ends with a zero byte, `out` points to room for a handle.
enum SegueStatus segue_rule_new(const char *specification, struct SegueRule **out);

// Frees a rule. Null is fine.
//
// # Safety
// `rule` is null, or a handle that was not freed.
void segue_rule_free(struct SegueRule *rule);

// A player by its specification, such as `default:capacity=20`, with impairments around its link: specifications that are
// separated by blanks, from the trace outward; null or empty for none.
//
// # Safety
// `specification` is a string that ends with a zero byte, so is `impairments` unless it is null, `out` points to room for a
// handle.
enum SegueStatus segue_profile_new(const char *specification,
                                   const char *impairments,
                                   struct SegueProfile **out);

// Frees a profile. Null is fine.
//
// # Safety
// `profile` is null, or a handle that was not freed.
void segue_profile_free(struct SegueProfile *profile);

// Plays a video over a trace with a rule and a player. What is random follows from `seed`.
//
// # Safety
// The handles were made by this library and not freed, `out` points to room for a handle.
enum SegueStatus segue_session_run(const struct SegueTrace *trace,
                                   const struct SegueVideo *video,
                                   const struct SegueRule *rule,
                                   const struct SegueProfile *profile,
                                   uint64_t seed,
                                   struct SegueSession **out);

// The summary of a session.
//
// # Safety
// `session` is a handle that was not freed, `out` points to room for a summary.
enum SegueStatus segue_session_summary(const struct SegueSession *session,
                                       struct SegueSummary *out);

// How many requests a session made; 0 for null.
//
// # Safety
// `session` is null, or a handle that was not freed.
size_t segue_session_requests(const struct SegueSession *session);

// One request of a session, by its number from 0.
//
// # Safety
// `session` is a handle that was not freed, `out` points to room for a request.
enum SegueStatus segue_session_request(const struct SegueSession *session,
                                       size_t number,
                                       struct SegueRequest *out);

// The score of a session by a QoE model, such as `pensieve-lin` or `yin:preset=avoid-rebuffering`.
//
// # Safety
// `session` is a handle that was not freed, `model` a string that ends with a zero byte, `out` points to room for a number.
enum SegueStatus segue_session_score(const struct SegueSession *session,
                                     const char *model,
                                     double *out);

// The summary as JSON, as `segue run --json` prints it. To be freed by segue_string_free.
//
// # Safety
// `session` is a handle that was not freed, `out` points to room for a pointer.
enum SegueStatus segue_session_json(const struct SegueSession *session, char **out);

// The complete record as JSON, as `segue run --log FILE.json` writes it. To be freed by segue_string_free.
//
// # Safety
// `session` is a handle that was not freed, `out` points to room for a pointer.
enum SegueStatus segue_session_record(const struct SegueSession *session,
                                      char **out);

// Frees a session. Null is fine.
//
// # Safety
// `session` is null, or a handle that was not freed.
void segue_session_free(struct SegueSession *session);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SEGUE_H */
