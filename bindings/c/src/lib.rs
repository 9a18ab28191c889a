//! Segue for C: opaque handles, status codes with a message, and no panic across the border.
//!
//! A handle is an `Arc` or a box that C holds as a pointer. Everything behind it is immutable after it was made, so that any
//! thread may use it; freeing it while another thread uses it is the caller's mistake, as for `free`. The header is
//! `include/segue.h`, an example `examples/session.c`.

mod border;
mod inputs;
mod session;

pub use border::{SegueStatus, segue_error_message, segue_string_free, segue_version};
pub use inputs::{
    SegueProfile, SegueRule, SegueTrace, SegueVideo, segue_profile_free, segue_profile_new, segue_rule_free,
    segue_rule_new, segue_trace_duration_s, segue_trace_free, segue_trace_mean_kbps, segue_trace_name,
    segue_trace_new, segue_trace_read, segue_video_constant, segue_video_duration_s, segue_video_free,
    segue_video_levels, segue_video_read, segue_video_segments,
};
pub use session::{
    SegueRequest, SegueSession, SegueSummary, segue_session_free, segue_session_json, segue_session_record,
    segue_session_request, segue_session_requests, segue_session_run, segue_session_score,
    segue_session_summary,
};
