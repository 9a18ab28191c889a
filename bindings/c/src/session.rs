//! Sessions: run, summary, requests, scores, records.

use std::ffi::c_char;
use std::sync::Arc;

use media::Video;
use qoe::{Outcome, Viewing};
use segue_cli::{Models, Run};

use crate::border::{Problem, SegueStatus, free, give, give_handle, give_text, guard, text, value, wrong};
use crate::inputs::{SegueProfile, SegueRule, SegueTrace, SegueVideo, all};

/// What happened in one session.
pub struct SegueSession {
    run: Run,
    video: Arc<Video>,
}

/// The numbers that every table starts from.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct SegueSummary {
    /// Segments appended to the buffer.
    pub segments: usize,
    /// How many stalls; waiting after a seek is none.
    pub stall_count: usize,
    /// Changes of rung between segments that follow each other.
    pub switch_count: usize,
    /// Mean nominal bitrate of the segments, weighted by their duration, in kbit/s.
    pub mean_bitrate_kbps: f64,
    /// Mean size of a change of rung, in kbit/s.
    pub mean_switch_kbps: f64,
    /// From the first request to the first frame, in s.
    pub startup_delay_s: f64,
    /// Stalled time, in s.
    pub stall_s: f64,
    /// Stalled time over stalled and playing time.
    pub stall_ratio: f64,
    /// Buffer level, averaged over time, in s.
    pub mean_buffer_s: f64,
    /// Media time that was played, in s.
    pub played_s: f64,
    /// From the first request to the end, in s.
    pub wall_s: f64,
}

/// One request.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct SegueRequest {
    /// Which segment of the video, from 0.
    pub index: usize,
    /// Which rung, 0 the lowest.
    pub level: usize,
    /// 0 done, 1 abandoned, 2 replaced a segment in the buffer.
    pub outcome: u32,
    /// The nominal bitrate of the rung, in kbit/s.
    pub bitrate_kbps: f64,
    /// The size of the whole segment, in bit.
    pub size_bits: f64,
    /// When it was requested, in s.
    pub request_s: f64,
    /// When its first bit came, in s.
    pub first_byte_s: f64,
    /// When its last bit came, or when it was given up, in s.
    pub finish_s: f64,
    /// Buffer level at the request, in s.
    pub buffer_before_s: f64,
    /// Buffer level after it, in s.
    pub buffer_after_s: f64,
    /// How long the player held back before, in s.
    pub wait_s: f64,
    /// Stalled time since the request before, in s.
    pub stall_s: f64,
}

/// Plays a video over a trace with a rule and a player. What is random follows from `seed`.
///
/// # Safety
/// The handles were made by this library and not freed, `out` points to room for a handle.
// SAFETY: no other symbol of this name is linked into the library; so for every function here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_session_run(
    trace: *const SegueTrace,
    video: *const SegueVideo,
    rule: *const SegueRule,
    profile: *const SegueProfile,
    seed: u64,
    out: *mut *mut SegueSession,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let (trace, video, rule, profile) = unsafe { all(trace, video, rule, profile) }?;
        let models = Models::new::<&str>(&[])?;
        let run =
            segue_cli::run(&trace.inner, &video.inner, rule.spec.as_str(), &profile.inner, seed, &models)?;
        let session = SegueSession { run, video: video.inner.clone() };
        // SAFETY: the caller's contract.
        unsafe { give_handle(out, session) }
    })
}

/// The summary of a session.
///
/// # Safety
/// `session` is a handle that was not freed, `out` points to room for a summary.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_session_summary(
    session: *const SegueSession,
    out: *mut SegueSummary,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let s = unsafe { value(session, "session") }?.run.summary;
        let summary = SegueSummary {
            segments: s.segments,
            stall_count: s.stall_count,
            switch_count: s.switch_count,
            mean_bitrate_kbps: s.mean_bitrate_kbps.kbps(),
            mean_switch_kbps: s.mean_switch_kbps.kbps(),
            startup_delay_s: s.startup_delay_s.get(),
            stall_s: s.stall_s.get(),
            stall_ratio: s.stall_ratio,
            mean_buffer_s: s.mean_buffer_s.get(),
            played_s: s.played_s.get(),
            wall_s: s.wall_s.get(),
        };
        // SAFETY: the caller's contract.
        unsafe { give(out, summary) }
    })
}

/// How many requests a session made; 0 for null.
///
/// # Safety
/// `session` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_session_requests(session: *const SegueSession) -> usize {
    // SAFETY: the caller's contract.
    unsafe { session.as_ref() }.map_or(0, |s| s.run.session.downloads.len())
}

/// One request of a session, by its number from 0.
///
/// # Safety
/// `session` is a handle that was not freed, `out` points to room for a request.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_session_request(
    session: *const SegueSession,
    number: usize,
    out: *mut SegueRequest,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let all = &unsafe { value(session, "session") }?.run.session.downloads;
        let d = all
            .get(number)
            .ok_or_else(|| wrong(format!("request {number}: the session made {}", all.len())))?;
        let request = SegueRequest {
            index: d.index,
            level: d.level,
            outcome: match d.outcome {
                Outcome::Done => 0,
                Outcome::Abandoned => 1,
                Outcome::Replaced => 2,
            },
            bitrate_kbps: d.bitrate_kbps.kbps(),
            size_bits: d.size_bits.get(),
            request_s: d.request_s.get(),
            first_byte_s: d.first_byte_s.get(),
            finish_s: d.finish_s.get(),
            buffer_before_s: d.buffer_before_s.get(),
            buffer_after_s: d.buffer_after_s.get(),
            wait_s: d.wait_s.get(),
            stall_s: d.stall_s.get(),
        };
        // SAFETY: the caller's contract.
        unsafe { give(out, request) }
    })
}

/// The score of a session by a QoE model, such as `pensieve-lin` or `yin:preset=avoid-rebuffering`.
///
/// # Safety
/// `session` is a handle that was not freed, `model` a string that ends with a zero byte, `out` points to room for a number.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_session_score(
    session: *const SegueSession,
    model: *const c_char,
    out: *mut f64,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let session = unsafe { value(session, "session") }?;
        // SAFETY: the caller's contract.
        let model = unsafe { text(model, "model") }?;
        let viewing = Viewing::of(&session.run.session).describe(session.video.ladder());
        let score = qoe::model(model).and_then(|m| m.score(&viewing)).map_err(wrong)?;
        // SAFETY: the caller's contract.
        unsafe { give(out, score.value) }
    })
}

/// The summary as JSON, as `segue run --json` prints it. To be freed by segue_string_free.
///
/// # Safety
/// `session` is a handle that was not freed, `out` points to room for a pointer.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_session_json(
    session: *const SegueSession,
    out: *mut *mut c_char,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let json = unsafe { value(session, "session") }?.run.to_json()?;
        // SAFETY: the caller's contract.
        unsafe { give_text(out, json) }
    })
}

/// The complete record as JSON, as `segue run --log FILE.json` writes it. To be freed by segue_string_free.
///
/// # Safety
/// `session` is a handle that was not freed, `out` points to room for a pointer.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_session_record(
    session: *const SegueSession,
    out: *mut *mut c_char,
) -> SegueStatus {
    guard(|| {
        // SAFETY: the caller's contract.
        let session = unsafe { value(session, "session") }?;
        let record = qoe::Record::new(session.run.session.clone(), session.video.ladder());
        let failed = |e: serde_json::Error| Problem(SegueStatus::Failed, e.to_string());
        let json = serde_json::to_string(&record).map_err(failed)?;
        // SAFETY: the caller's contract.
        unsafe { give_text(out, json) }
    })
}

/// Frees a session. Null is fine.
///
/// # Safety
/// `session` is null, or a handle that was not freed.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_session_free(session: *mut SegueSession) {
    // SAFETY: the caller's contract.
    unsafe { free(session) };
}
